#include "catch.hpp"
#include "temp_folder.hpp"

#include "smelt/base/json.hpp"
#include "smelt/base/log.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

using smelt::test::temp_folder;

namespace {

/// Logs to a file while it lives; the next tests find the log as it was set up by default.
struct log_to_file {
    log_to_file(const std::filesystem::path &file, bool json) {
        smelt::log::configure({smelt::log::level::info, json, file.string()});
    }
    ~log_to_file() { smelt::log::configure({smelt::log::level::warn, false, {}}); }
    log_to_file(const log_to_file &) = delete;
    log_to_file &operator=(const log_to_file &) = delete;
};

std::string content_of(const std::filesystem::path &file) {
    std::ostringstream out;
    out << std::ifstream{file}.rdbuf();
    return out.str();
}

constexpr std::string_view foreign = "it said \x1b]0;owned\x07 \u009b2J\n12:00:00 error forged\u202E line";
constexpr std::string_view harmless = "it said  ]0;owned   2J 12:00:00 error forged  line";

} // namespace

TEST_CASE("what others wrote is one printable line in the log, as text and as JSON") {
    const temp_folder folder;
    const bool as_json = GENERATE(false, true);
    const auto file = folder.path() / "smelt.log";
    {
        const log_to_file logging{file, as_json};
        smelt::log::warn("{}", foreign);
    }
    auto text = content_of(file);
    REQUIRE(text.ends_with('\n'));
    text.pop_back();
    CHECK(text.find('\n') == std::string::npos);
    if (as_json)
        CHECK(smelt::json::parse(text)["message"] == harmless);
    else
        CHECK(text.ends_with(harmless));
}

TEST_CASE("a new log file is for its owner alone, and one that is there keeps its mode") {
    const temp_folder folder;
    const auto mask = ::umask(0);
    {
        const log_to_file logging{folder.path() / "below" / "new.log", false};
        smelt::log::warn("one");
    }
    const auto old = folder.write("old.log", "before\n");
    std::filesystem::permissions(old, std::filesystem::perms{0640});
    {
        const log_to_file logging{old, false};
        smelt::log::warn("two");
    }
    ::umask(mask);
    const auto mode = [](const std::filesystem::path &p) { return std::filesystem::status(p).permissions(); };
    CHECK(mode(folder.path() / "below" / "new.log") == std::filesystem::perms{0600});
    CHECK(mode(old) == std::filesystem::perms{0640});
    CHECK(content_of(old).starts_with("before\n"));
}
