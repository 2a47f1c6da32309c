#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <filesystem>
#include <fstream>

using namespace smelt;
using namespace smelt::test;

namespace {

namespace fs = std::filesystem;

const std::string csv_source = "{csv: books.csv, key: id, text_file: {column: path, base: library, max_bytes: 100B}}";
const std::string book_task =
    "\n  extract:\n    model: gpt-5-mini\n    user: \"Book {{id}}: {{text}}\"\n    output: {type: "
    "object, required: [title], properties: {title: {type: string}}}\n";

/// Three books in a folder; r3's file is not there yet.
struct library : pipeline_fixture {
    explicit library(const std::string &source = csv_source,
                     const std::vector<std::string> &simulator = {"--latency", "50ms", "--invalid-rate", "0"})
        : pipeline_fixture{{.records = 1, .simulator = simulator, .task = book_task, .source = source}} {
        files().write("books.csv", "id,path\nr1,a.txt\nr2,more/b.txt\nr3,c.txt\n");
        put("a.txt", "one");
        put("more/b.txt", "two");
    }
    /// Written two hours ago, as most files are.
    void put(const std::string &path, const std::string &text, std::chrono::minutes ago = std::chrono::minutes{120}) {
        fs::create_directories((files().path() / "library" / path).parent_path());
        files().write("library/" + path, text);
        fs::last_write_time(files().path() / "library" / path, fs::file_time_type::clock::now() - ago);
    }
    std::string states() { return sql("SELECT string_agg(key || ' ' || status, ', ' ORDER BY key) FROM smelt.items"); }
    std::string requests() { return sql("SELECT sum(sent) FROM smelt.batches"); }
};

} // namespace

TEST_CASE("records wait for the files that they name, and go on when these come") {
    library f;
    const auto first = f.smelt({"run", "--wait", "--poll", "100ms"});
    CHECK(first.status == 0);
    CHECK_THAT(first.err, SMELT_CONTAINS("a record waits for its source: r3: c.txt is not there"));
    CHECK(f.states() == "r1 extracted, r2 extracted, r3 waiting");
    CHECK(f.sql("SELECT waits_for FROM smelt.items WHERE key = 'r3'") == "source: c.txt is not there");
    CHECK_THAT(f.smelt({"show", "notes", "r3"}).out, SMELT_CONTAINS("source: c.txt is not there"));
    f.put("c.txt", "three");
    f.run_to_end();
    CHECK(f.states() == "r1 extracted, r2 extracted, r3 extracted");
    CHECK(f.requests() == "3");
    CHECK(f.sql("SELECT fields->>'text' FROM smelt.record WHERE key = 'r3'") == "three");
    CHECK(f.smelt({"doctor", "--deep"}).status == 0);
}

TEST_CASE("a changed file sends its record again, an unchanged one is not read") {
    library f;
    f.put("c.txt", "three");
    f.run_to_end();
    f.put("a.txt", "another", std::chrono::minutes{60});
    f.put("more/b.txt", "TWO");
    const auto at = fs::last_write_time(f.files().path() / "library" / "c.txt");
    fs::last_write_time(f.files().path() / "library" / "more/b.txt", at);
    const auto before = f.sql("SELECT count(row_hash) FROM smelt.record");
    CHECK(before == "3");
    f.run_to_end();
    CHECK(f.requests() == "5"); // a.txt, and b.txt, whose time is another one
    CHECK(f.sql("SELECT string_agg(fields->>'text', ' ' ORDER BY key) FROM smelt.record") == "another TWO three");
    f.put("c.txt", "THREE");
    fs::last_write_time(f.files().path() / "library" / "c.txt", at);
    f.run_to_end();
    CHECK(f.requests() == "6"); // of the same size and time, as a copying tool leaves it
    fs::last_write_time(f.files().path() / "library" / "c.txt", at);
    f.run_to_end();
    CHECK(f.requests() == "6");
}

TEST_CASE("a file that goes away takes no result, and holds back what was not sent") {
    library f;
    f.put("c.txt", "three");
    f.run_to_end();
    CHECK(f.smelt({"redo", "notes", "--key", "r2"}).status == 0);
    fs::remove(f.files().path() / "library" / "more/b.txt");
    fs::remove(f.files().path() / "library" / "c.txt");
    f.run_to_end();
    CHECK(f.states() == "r1 extracted, r2 waiting, r3 extracted");
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "3");
    CHECK(f.sql("SELECT fields->>'text' FROM smelt.record WHERE key = 'r2'") == "two");
    CHECK(f.requests() == "3");
    f.put("more/b.txt", "two");
    f.put("c.txt", "three");
    f.run_to_end();
    CHECK(f.states() == "r1 extracted, r2 extracted, r3 extracted");
    CHECK(f.requests() == "4");
    CHECK(f.smelt({"doctor", "--deep"}).status == 0);
}

TEST_CASE("files outside of the folder, too large or no text are not read") {
    library f;
    f.files().write("secret.txt", "key");
    f.put("large.txt", std::string(101, 'x'));
    f.put("bytes.txt", "\xff\xfe\x01");
    fs::create_symlink(f.files().path() / "secret.txt", f.files().path() / "library" / "link.txt");
    f.files().write("books.csv", "id,path\nr1,a.txt\nr2,../secret.txt\nr3,link.txt\nr4,large.txt\nr5,bytes.txt\nr6,\n"
                                 "r7," +
                                     (f.files().path() / "secret.txt").string() + "\nr8,more\n");
    CHECK(f.smelt({"run", "--wait", "--poll", "100ms"}).status == 0);
    CHECK(f.states() ==
          "r1 extracted, r2 waiting, r3 waiting, r4 skipped, r5 waiting, r6 waiting, r7 waiting, r8 waiting");
    CHECK(f.sql("SELECT skip_reason FROM smelt.items WHERE key = 'r4'") == "max_bytes");
    const auto waits = [&](const std::string &key) {
        return f.sql("SELECT waits_for FROM smelt.items WHERE key = '" + key + "'");
    };
    CHECK(waits("r2") == "source: ../secret.txt holds .., which may lead out of library");
    CHECK(waits("r3") == "source: link.txt lies outside of library");
    CHECK_THAT(waits("r5"), SMELT_CONTAINS("bytes.txt is UTF-16"));
    CHECK(waits("r6") == "source: its field path is empty");
    CHECK_THAT(waits("r7"), SMELT_CONTAINS("secret.txt lies outside of library"));
    CHECK(waits("r8") == "source: more is no file");
    CHECK(f.sql("SELECT count(*) FROM smelt.record WHERE fields::text LIKE '%key%'") == "0");
}

TEST_CASE("a folder that is not there, or a column that is not, refuses the load") {
    library f;
    f.run_to_end();
    fs::rename(f.files().path() / "library", f.files().path() / "unmounted");
    const auto unmounted = f.smelt({"run"});
    CHECK(unmounted.status == 1);
    CHECK_THAT(unmounted.err, SMELT_CONTAINS("source.text_file.base: there is no folder"));
    CHECK(f.states() == "r1 extracted, r2 extracted, r3 waiting");
    fs::rename(f.files().path() / "unmounted", f.files().path() / "library");
    f.files().write("books.csv", "id,pth\nr1,a.txt\n");
    const auto renamed = f.smelt({"run"});
    CHECK(renamed.status == 1);
    CHECK_THAT(renamed.err, SMELT_CONTAINS("there is no column \"path\" (text_file.column names it)"));
}

TEST_CASE("rows of a query name files, too") {
    library f{"{sql: \"SELECT id, path FROM public.books\", key: id, text_file: {column: path, base: library}}"};
    f.execute("CREATE TABLE public.books (id text, path text)");
    f.execute("INSERT INTO public.books VALUES ('r1', 'a.txt'), ('r2', 'more/b.txt'), ('r3', 'c.txt')");
    CHECK(f.smelt({"run", "--wait", "--poll", "100ms"}).status == 0);
    CHECK(f.states() == "r1 extracted, r2 extracted, r3 waiting");
    f.put("c.txt", "three");
    f.run_to_end();
    CHECK(f.states() == "r1 extracted, r2 extracted, r3 extracted");
    CHECK(f.requests() == "3");
    const auto csv = f.smelt({"export", "notes"}).out;
    CHECK_THAT(csv, SMELT_CONTAINS("id,path,title,") && SMELT_CONTAINS("r3,c.txt,"));
}
