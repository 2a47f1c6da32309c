#include "catch.hpp"
#include "error_of.hpp"
#include "temp_folder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/source/text_by_path.hpp"

#include <chrono>
#include <filesystem>

using namespace smelt;

namespace {

namespace fs = std::filesystem;

struct texts {
    test::temp_folder folder;
    config::text_file_spec spec{"path", "base", "text", 0, 0};

    texts() { put("a.txt", "one"); }
    void put(const std::string &name, const std::string &text) const {
        const auto path = folder.write("base/" + name, text);
        fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours{1});
    }
    [[nodiscard]] source::text_by_path reader(bool is_content = true) const {
        return {spec, folder.path(), is_content};
    }
    static source::row row_of(const std::string &fields) {
        source::row r;
        r.key = "k";
        r.fields = fields;
        r.content_hash = std::string(64, '0');
        r.line = 7;
        return r;
    }
    [[nodiscard]] source::row read(const std::string &path) const {
        auto r = row_of(R"({"path":")" + path + "\"}");
        reader().complete(r, "a.csv");
        return r;
    }
};

} // namespace

TEST_CASE("a record gets the text of the file that it names") {
    const texts t;
    const auto r = t.read("a.txt");
    CHECK(r.fields == R"({"path":"a.txt","text":"one"})");
    CHECK(r.content_hash != std::string(64, '0'));
    CHECK(r.hash);
    auto other = texts::row_of(R"({"path":"a.txt"})");
    t.reader(false).complete(other, "a.csv");
    CHECK(other.content_hash == std::string(64, '0'));
    t.put("mark.txt", "\xEF\xBB\xBF\"quoted\"\n");
    CHECK(t.read("mark.txt").fields == R"({"path":"mark.txt","text":"\"quoted\"\n"})");
    CHECK(t.read((t.folder.path() / "base/a.txt").string()).fields.ends_with(R"("text":"one"})"));
    fs::create_symlink("a.txt", t.folder.path() / "base/inside.txt");
    CHECK(t.read("inside.txt").fields.ends_with(R"("text":"one"})"));
}

TEST_CASE("a row that the last load knew is not read again, unless its file has changed") {
    const texts t;
    const auto known = t.read("a.txt");
    auto reader = t.reader();
    reader.remember("k", *known.hash);
    auto again = texts::row_of(R"({"path":"a.txt"})");
    reader.complete(again, "a.csv");
    CHECK(again.same);
    auto moved = texts::row_of(R"({"path":"a.txt"})");
    reader.complete(moved, "b.csv");
    CHECK(!moved.same);
    t.folder.write("base/a.txt", "two");
    auto changed = texts::row_of(R"({"path":"a.txt"})");
    reader.complete(changed, "a.csv");
    CHECK(!changed.same);
    CHECK(changed.fields.ends_with(R"("text":"two"})"));
    CHECK(!changed.hash); // written just now: it may change again within the same tick of the clock
}

TEST_CASE("a record waits for what it has not, and a large file is not read") {
    texts t;
    const auto why = [&](const std::string &path) { return t.read(path).incomplete.value_or(""); };
    CHECK(why("b.txt") == "b.txt is not there");
    CHECK(why("a.txt/b") == "a.txt/b is not there");
    CHECK(why("x/../a.txt").find("holds ..") != std::string::npos);
    CHECK(why("/etc/passwd") == "/etc/passwd lies outside of base");
    CHECK(why(".") == ". is no file");
    const auto of_fields = [&](const std::string &fields) {
        auto r = texts::row_of(fields);
        t.reader().complete(r, "a.csv");
        return r.incomplete.value_or("");
    };
    CHECK(of_fields(R"({"pth":"a.txt"})") == "it has no field path");
    CHECK(of_fields(R"({"path":7})") == "its field path is no text");
    CHECK(of_fields(R"({"path":""})") == "its field path is empty");
    t.put("nul.txt", std::string{"a\0b", 3});
    CHECK(why("nul.txt") == "nul.txt is not UTF-8, or holds NUL, at byte 2");
    t.spec.max_tokens = 1;
    t.put("four.txt", "four");
    t.put("five.txt", "fives");
    CHECK(!t.read("four.txt").skip);
    const auto large = t.read("five.txt");
    CHECK(large.skip == "max_tokens");
    CHECK(large.fields == R"({"path":"five.txt"})");
}

TEST_CASE("a row that has such a field, or a folder that is not there, is an error") {
    texts t;
    const auto error = [&](const std::string &fields) {
        return test::error_of<file_error>([&] {
            auto r = texts::row_of(fields);
            t.reader().complete(r, "a.csv");
        });
    };
    CHECK(error(R"({"path":"a.txt","text":""})").starts_with("a.csv:7: the record has a field \"text\" already"));
    t.spec.base = "nowhere";
    CHECK(test::error_of<usage_error>([&] { (void)t.reader(); }).find("there is no folder") != std::string::npos);
}
