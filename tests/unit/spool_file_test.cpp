#include "catch.hpp"
#include "orchestrator/submit/spool_file.hpp"
#include "temp_folder.hpp"

#include <fstream>
#include <optional>
#include <sstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace smelt::orchestrator;
using smelt::test::temp_folder;
using std::filesystem::perms;

namespace {

std::string content_of(const std::filesystem::path &file) {
    std::ostringstream out;
    out << std::ifstream{file}.rdbuf();
    return out.str();
}

/// What a process that is killed in the middle leaves behind.
void be_killed_with(const std::filesystem::path &folder, const std::string &nonce) {
    const auto child = ::fork();
    if (child == 0) {
        const spool_file lost{folder, nonce};
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
}

} // namespace

TEST_CASE("a spool file is for its owner alone, whatever the umask says") {
    const temp_folder home;
    const auto folder = home.path() / "spool";
    std::filesystem::create_directory(folder);
    std::filesystem::permissions(folder, perms::all);
    const auto mask = ::umask(static_cast<mode_t>(GENERATE(0, 0277)));
    {
        spool_file spool{folder, "n1"};
        spool.write("line\n");
        spool.finish();
        CHECK(std::filesystem::status(folder).permissions() == perms::owner_all);
        CHECK(std::filesystem::status(spool.path()).permissions() == (perms::owner_read | perms::owner_write));
        CHECK(content_of(spool.path()) == "line\n");
    }
    ::umask(mask);
    CHECK(std::filesystem::is_empty(folder));
}

TEST_CASE("what a killed run left in the spool folder is removed, and nothing that somebody uses") {
    const temp_folder home;
    const auto folder = home.path() / "spool";
    sweep_spool(folder); // there is none yet
    be_killed_with(folder, "lost");
    REQUIRE(std::filesystem::exists(folder / "lost.jsonl"));
    spool_file written{folder, "written"};
    spool_file finished{folder, "finished"};
    finished.finish();
    home.write("spool/notes.txt", "kept");
    const auto elsewhere = home.write("elsewhere.jsonl", "kept");
    std::filesystem::create_symlink(elsewhere, folder / "link.jsonl");
    sweep_spool(folder);
    CHECK_FALSE(std::filesystem::exists(folder / "lost.jsonl"));
    CHECK(std::filesystem::exists(written.path()));
    CHECK(std::filesystem::exists(finished.path()));
    CHECK(std::filesystem::exists(folder / "notes.txt"));
    CHECK(std::filesystem::exists(elsewhere));
}
