#include "catch.hpp"
#include "error_of.hpp"
#include "temp_folder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/json.hpp"
#include "smelt/source/reader.hpp"

using namespace smelt;

namespace {

config::source_spec patterns(std::vector<std::string> list, config::source_kind kind = config::source_kind::csv) {
    config::source_spec spec;
    spec.kind = kind;
    spec.patterns = std::move(list);
    return spec;
}

std::string names(const std::vector<source::input_file> &files) {
    std::string text;
    for (const auto &file : files)
        text += file.path.string() + " ";
    return text;
}

} // namespace

TEST_CASE("patterns list files sorted, each once, relative to the folder") {
    const test::temp_folder folder;
    for (const auto *name : {"data/b.csv", "data/a.csv", "data/B.csv", "data/c.txt", "data/dir.csv/x", "one.csv"})
        folder.write(name, "12345");
    const auto list = [&](std::vector<std::string> p) {
        return source::list_files(patterns(std::move(p)), folder.path());
    };
    CHECK(names(list({"data/*.csv", "one.csv", "data/a.csv", "./data/../data/a.csv"})) ==
          "data/B.csv data/a.csv data/b.csv one.csv ");
    CHECK(names(list({"data/?.csv"})) == "data/B.csv data/a.csv data/b.csv ");
    const auto one = list({(folder.path() / "one.csv").string()}).at(0);
    CHECK(one.path == "one.csv");
    CHECK(one.absolute == folder.path() / "one.csv");
    CHECK(one.size == 5);
    CHECK(one.mtime_ns > 0);
}

TEST_CASE("a file outside of the folder keeps its whole path") {
    const test::temp_folder folder, other;
    const auto file = other.write("x.csv", "");
    CHECK(source::list_files(patterns({file.string()}), folder.path()).at(0).path == file);
}

TEST_CASE("what the folder's own name holds is no pattern") {
    const test::temp_folder folder;
    folder.write("odd [a]*/x.csv", "");
    folder.write("odd aa/y.csv", "");
    CHECK(names(source::list_files(patterns({"*.csv"}), folder.path() / "odd [a]*")) == "x.csv ");
}

TEST_CASE("a pattern without a file is an error that names it") {
    const test::temp_folder folder;
    folder.write("dir/x", "");
    const auto error = [&](const char *p) {
        return test::error_of<usage_error>([&] { source::list_files(patterns({p}), folder.path()); });
    };
    CHECK_THAT(error("data/*.csv"),
               SMELT_CONTAINS("no file matches the source pattern data/*.csv | patterns are relative to " +
                              folder.path().string()));
    CHECK_THAT(error("dir"), SMELT_CONTAINS("no file matches"));
    CHECK_THAT(error("a**/x"), SMELT_CONTAINS("** inside of a name"));
    CHECK_THAT(error("**/y"), SMELT_CONTAINS("no file matches"));
}

TEST_CASE("two stars stand for any number of folders") {
    const test::temp_folder folder;
    for (const auto *name :
         {"a.txt", "t/b.txt", "t/u/c.txt", "t/u/v/d.txt", "t/u/v/e.md", "t/.hidden/f.txt", "o/t/g.txt"})
        folder.write(name, "");
    std::filesystem::create_directory_symlink("..", folder.path() / "t/u/back");
    const auto found = [&](const char *pattern) {
        return names(source::list_files(patterns({pattern}), folder.path()));
    };
    CHECK(found("**/*.txt") == "a.txt o/t/g.txt t/b.txt t/u/c.txt t/u/v/d.txt ");
    CHECK(found("t/**/*.txt") == "t/b.txt t/u/c.txt t/u/v/d.txt ");
    CHECK(found("t/**/v/**/*.md") == "t/u/v/e.md ");
    CHECK(found("*/u/**") == "t/u/c.txt t/u/v/d.txt t/u/v/e.md ");
}

TEST_CASE("each text file is one record named by its path") {
    const test::temp_folder folder;
    folder.write("docs/a.txt", "\xEF\xBB\xBFline 1\r\n\"line\" 2");
    folder.write("docs/b.txt", "");
    const auto spec = patterns({"docs/*"}, config::source_kind::text);
    const auto files = source::list_files(spec, folder.path());
    REQUIRE(files.size() == 2);
    const auto reader = source::open_reader(spec, files[0], {"text"});
    source::row row;
    REQUIRE(reader->next(row));
    CHECK(row.key == "docs/a.txt");
    CHECK(row.fields == R"({"file":"docs/a.txt","text":"line 1\r\n\"line\" 2"})");
    CHECK(row.line == 1);
    const auto hash = row.content_hash;
    CHECK_FALSE(reader->next(row));
    REQUIRE(source::open_reader(spec, files[1], {"text"})->next(row));
    CHECK(row.fields == R"({"file":"docs/b.txt","text":""})");
    CHECK(row.content_hash != hash);
}

TEST_CASE("a text file that is not UTF-8 is refused with its line") {
    const test::temp_folder folder;
    folder.write("a.txt", "one\ntwo \xFF\n");
    const auto spec = patterns({"a.txt"}, config::source_kind::text);
    const auto file = source::list_files(spec, folder.path()).at(0);
    source::row row;
    CHECK_THAT(test::error_of<file_error>([&] { source::open_reader(spec, file, {})->next(row); }),
               SMELT_CONTAINS("a.txt:2: not UTF-8: byte 5 of the line is 0xFF"));
}

TEST_CASE("a file that vanished after it was listed is an error") {
    const test::temp_folder folder;
    folder.write("a.csv", "id\n");
    const auto spec = patterns({"a.csv"});
    const auto file = source::list_files(spec, folder.path()).at(0);
    std::filesystem::remove(file.absolute);
    CHECK_THAT(test::error_of<file_error>([&] { source::open_reader(spec, file, {}); }),
               SMELT_CONTAINS("a.csv: cannot be read: No such file"));
}
