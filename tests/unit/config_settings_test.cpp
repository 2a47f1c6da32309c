#include "catch.hpp"
#include "environment.hpp"
#include "error_of.hpp"
#include "temp_folder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/settings.hpp"

#include <unistd.h>

using smelt::config::read_settings;
using smelt::test::environment;

namespace {

/// An empty current folder and no variable that names a database.
struct nowhere {
    nowhere() { std::filesystem::current_path(folder.path()); }
    ~nowhere() { std::filesystem::current_path(before); }
    nowhere(const nowhere &) = delete;
    nowhere &operator=(const nowhere &) = delete;

    std::filesystem::path before = std::filesystem::current_path();
    smelt::test::temp_folder folder;
    environment url{"DATABASE_URL", std::nullopt}, home{"SMELT_HOME", std::nullopt}, host{"PGHOST", std::nullopt},
        address{"PGHOSTADDR", std::nullopt}, database{"PGDATABASE", std::nullopt}, service{"PGSERVICE", std::nullopt};
};

} // namespace

TEST_CASE("without any setting the embedded database is used") {
    const nowhere here;
    const auto s = read_settings("");
    CHECK(s.database.empty());
    CHECK(s.embedded);
    CHECK(s.spool() == s.home / "spool");
}

TEST_CASE("the option wins over DATABASE_URL, which wins over libpq's variables") {
    const nowhere here;
    const environment libpq{"PGDATABASE", "own"};
    CHECK(read_settings("").database.empty());
    CHECK_FALSE(read_settings("").embedded);
    const environment url{"DATABASE_URL", "postgresql://a/b"};
    CHECK(read_settings("").database == "postgresql://a/b");
    CHECK(read_settings("host=c").database == "host=c");
    CHECK_FALSE(read_settings("host=c").embedded);
}

TEST_CASE("DATABASE_URL and SMELT_HOME may stand in the current folder's .env, and the environment wins") {
    const nowhere here;
    here.folder.write(".env", "DATABASE_URL=postgresql://from/file\nSMELT_HOME=/from/file\nOTHER=1\n");
    CHECK(read_settings("").database == "postgresql://from/file");
    CHECK(read_settings("").home == "/from/file");
    CHECK(::getenv("OTHER") == nullptr);
    const environment url{"DATABASE_URL", "postgresql://from/environment"};
    const environment home{"SMELT_HOME", "below/./here"};
    CHECK(read_settings("").database == "postgresql://from/environment");
    CHECK(read_settings("").home == std::filesystem::current_path() / "below/here");
}

TEST_CASE("the .env beside each pipeline file and that of the current folder are read") {
    const nowhere here;
    const auto papers = here.folder.write("papers/pipeline.yaml", "");
    const auto letters = here.folder.write("letters/pipeline.yaml", "");
    here.folder.write("papers/.env", "DATABASE_URL=postgresql://of/papers\nSMELT_HOME=home\n");
    CHECK(read_settings("").embedded);
    CHECK(read_settings("", {letters}).embedded);
    for (const auto &files :
         {std::vector{papers}, {letters, papers}, {std::filesystem::path{"papers/pipeline.yaml"}}}) {
        const auto s = read_settings("", files);
        CHECK(s.database == "postgresql://of/papers");
        CHECK(s.home == std::filesystem::current_path() / "papers/home");
    }
    CHECK(read_settings("host=c", {papers}).database == "host=c");
    const environment url{"DATABASE_URL", "postgresql://from/environment"};
    CHECK(read_settings("", {papers}).database == "postgresql://from/environment");
}

TEST_CASE(".env files that name two databases are refused with both files and without a value") {
    const nowhere here;
    const auto papers = here.folder.write("papers/pipeline.yaml", "");
    const auto letters = here.folder.write("letters/pipeline.yaml", "");
    here.folder.write("papers/.env", "DATABASE_URL=postgresql://u:secret@one/x\n");
    here.folder.write("letters/.env", "DATABASE_URL=postgresql://u:secret@two/x\n");
    const auto refused = smelt::test::error_of<smelt::usage_error>([&] { read_settings("", {papers, letters}); });
    CHECK_THAT(refused, SMELT_CONTAINS("DATABASE_URL") && SMELT_CONTAINS("papers/.env") &&
                            SMELT_CONTAINS("letters/.env") && !SMELT_CONTAINS("secret"));
    CHECK(read_settings("host=c", {papers, letters}).database == "host=c");
    here.folder.write("letters/.env", "DATABASE_URL=postgresql://u:secret@one/x\n");
    CHECK(read_settings("", {papers, letters}).database == "postgresql://u:secret@one/x");
    here.folder.write(".env", "DATABASE_URL=postgresql://three/x\n");
    CHECK_THROWS_AS(read_settings("", {papers}), smelt::usage_error);
    here.folder.write(".env", "DATABASE_URL=\n");
    CHECK(read_settings("", {papers}).database == "postgresql://u:secret@one/x");
}

TEST_CASE(".env files that name two homes of the private server are refused, and a relative one is the file's own") {
    const nowhere here;
    const auto papers = here.folder.write("papers/pipeline.yaml", "");
    here.folder.write("papers/.env", "SMELT_HOME=../home\n");
    here.folder.write(".env", "SMELT_HOME=home\n");
    CHECK(read_settings("", {papers}).home == std::filesystem::current_path() / "home");
    here.folder.write(".env", "SMELT_HOME=elsewhere\n");
    CHECK_THROWS_AS(read_settings("", {papers}), smelt::usage_error);
}

TEST_CASE("files are kept in the user's data folder, and in /var/lib for root") {
    const nowhere here;
    const environment data{"XDG_DATA_HOME", "/somewhere/data"};
    CHECK(read_settings("").home == (::geteuid() == 0 ? "/var/lib/smelt" : "/somewhere/data/smelt"));
    const environment relative{"XDG_DATA_HOME", "data"};
    const environment home{"HOME", "/home/somebody"};
    CHECK(read_settings("").home == (::geteuid() == 0 ? "/var/lib/smelt" : "/home/somebody/.local/share/smelt"));
}
