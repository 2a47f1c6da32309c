#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <filesystem>
#include <random>

using namespace smelt;
using namespace smelt::test;

namespace {

const char *const text_task = R"(
  sum_up:
    model: gpt-5-mini
    user: "Sum up: {{text}}"
    retry: {backoff: 50ms}
)";

/// Rows of random cells; what has to be quoted is, and so is some of the rest.
std::string random_csv(unsigned seed, int rows) {
    std::mt19937 random{seed};
    const auto below = [&](int n) { return std::uniform_int_distribution<>{0, n - 1}(random); };
    const std::vector<std::string> pieces{"a", "B c", " ", "\"", ",", "\n", "\r\n", "é", "😀", "''", "\t", ";", "{}"};
    const auto cell = [&] {
        std::string text;
        for (int i = below(6); i > 0; --i)
            text += pieces[static_cast<std::size_t>(below(static_cast<int>(pieces.size())))];
        if (text.find_first_of("\",\r\n") == std::string::npos && below(2) == 0)
            return text;
        std::string quoted = "\"";
        for (const char c : text)
            quoted += c == '"' ? std::string{"\"\""} : std::string{c};
        return quoted + "\"";
    };
    std::string csv = "id,text,more\n";
    for (int row = 1; row <= rows; ++row)
        csv += std::to_string(row) + "," + cell() + "," + cell() + "\n";
    return csv;
}

/// Keys of the file whose record is not what PostgreSQL's own reader makes of their row; "null": none.
std::string wrong_records(pipeline_fixture &f, const std::filesystem::path &file) {
    f.execute("DROP TABLE IF EXISTS public.expected; CREATE TABLE public.expected (id text, text text, more text)");
    auto psql = f.smelt_command({});
    psql.environment["DATABASE_URL"] = f.database().conninfo();
    psql.arguments = {"db", "psql", "--", "-c",
                      "\\copy public.expected from '" + file.string() +
                          "' (format csv, header, force_not_null (id, text, more))"};
    const auto copied = run(psql);
    INFO(copied.err);
    REQUIRE(copied.status == 0);
    return f.sql("SELECT string_agg(e.id, ' ') FROM public.expected AS e LEFT JOIN smelt.record AS r ON r.key = e.id "
                 "WHERE (e.text, e.more) IS DISTINCT FROM (r.fields->>'text', r.fields->>'more')");
}

/// A CSV file large enough that its rows are recognised by the next load.
struct large_file {
    explicit large_file(pipeline_fixture &fixture) : f{fixture} {
        for (int i = 1; i <= 6000; ++i)
            rows.push_back(std::to_string(i) + ",\"Letter\n" + std::to_string(i) + "\"," + std::string(200, 'x'));
    }
    finished load() {
        std::string csv = "id,text,more\n";
        for (const auto &row : rows)
            csv += row + "\n";
        f.files().write("large.csv", csv);
        return f.smelt({"load", "pipeline.yaml"});
    }
    /// Loads, and says what the load says of itself.
    std::string loaded() {
        const auto done = load();
        INFO(done.err);
        REQUIRE(done.status == 0);
        CHECK(wrong_records(f, f.files().path() / "large.csv") == "null");
        const auto from = done.err.find("notes: ") + 7;
        return done.err.substr(from, done.err.find('\n', from) - from);
    }
    pipeline_fixture &f;
    std::vector<std::string> rows;
};

} // namespace

TEST_CASE("CSV is read as PostgreSQL reads it") {
    pipeline_fixture f{{.records = 0, .task = text_task, .source = "{csv: random.csv, key: id}"}};
    const auto file = f.files().write("random.csv", random_csv(GENERATE(1U, 2U, 3U), 500));
    REQUIRE(f.smelt({"load", "pipeline.yaml"}).status == 0);
    CHECK(wrong_records(f, file) == "null");
    CHECK(f.sql("SELECT count(*) FROM public.expected") == "500");
    CHECK(f.sql("SELECT count(*) FROM smelt.record") == "500");
}

TEST_CASE("a file whose rows are known is loaded as if it were read anew") {
    pipeline_fixture f{{.records = 0, .task = text_task, .source = "{csv: large.csv, key: id}"}};
    large_file file{f};
    CHECK(file.loaded() == "6000 rows read, 6000 new, 0 changed");
    CHECK(f.sql("SELECT sum(length(digests)) / 16 FROM smelt.row_digest") == "6000");

    file.rows.push_back("new,at the end,");
    file.rows[3000] = "3001,changed,in the middle";
    file.rows.erase(file.rows.begin() + 10, file.rows.begin() + 20);
    file.rows.insert(file.rows.begin(), "newer,at the beginning,");
    CHECK(file.loaded() == "5992 rows read, 2 new, 1 changed");
    CHECK(f.sql("SELECT sum(length(digests)) / 16 FROM smelt.row_digest") == "5992");

    // A key that comes back is none that stands twice.
    file.rows.push_back("15,back again,");
    CHECK(file.loaded() == "5993 rows read, 0 new, 1 changed");

    file.rows.push_back("77,twice,");
    const auto refused = file.load();
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("the key 77 stands twice in the source: large.csv:135 and large.csv:"));
    file.rows.back() = file.rows[100];
    CHECK_THAT(file.load().err, SMELT_CONTAINS("stands twice in the source"));
    file.rows.pop_back();
    CHECK(file.loaded() == "5993 rows read, 0 new, 0 changed");

    // A load that is refused has kept nothing.
    f.run_to_end();
    for (auto &row : file.rows)
        if (const auto at = row.find("Letter"); at != std::string::npos)
            row.replace(at, 6, "Note");
    CHECK_THAT(file.load().err, SMELT_CONTAINS("nothing was loaded"));
    CHECK(f.smelt({"load", "pipeline.yaml", "--accept-changes"}).status == 0);
    CHECK(wrong_records(f, f.files().path() / "large.csv") == "null");
}

TEST_CASE("a first load names both places of a key that stands twice, and passes over no row") {
    pipeline_fixture f{{.records = 0, .task = text_task, .source = "{csv: \"l*.csv\", key: id}"}};
    f.files().write("less.csv", "id,text,more\n6001,first,\n40,second,\n");
    large_file file{f};
    const auto refused = file.load();
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("the key 40 stands twice in the source: large.csv:") &&
                                SMELT_CONTAINS("less.csv:3; nothing was loaded"));
    CHECK(f.sql("SELECT (SELECT count(*) FROM smelt.record) + (SELECT count(*) FROM smelt.item)") == "0");

    f.files().write("less.csv", "id,text,more\n6001,first,\n");
    CHECK(f.smelt({"load", "pipeline.yaml"}).status == 0);
    f.execute("DELETE FROM smelt.item; DELETE FROM smelt.record");
    std::filesystem::remove(f.folder() / "less.csv");
    file.rows.push_back("6002,one more,");
    CHECK(file.loaded() == "6001 rows read, 6001 new, 0 changed");
    CHECK(f.sql("SELECT count(*) FROM smelt.item") == "6001");
}

TEST_CASE("each file of a text source is a record, and a task without schema keeps the text") {
    pipeline_fixture f{{.records = 0, .task = text_task, .source = "{text: \"letters/*.txt\"}"}};
    f.files().write("letters/anna.txt", "Dear all,\nit rains.\n");
    f.files().write("letters/bert.txt", "It does not.");
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.results") == "letters/anna.txt letters/bert.txt");
    CHECK(f.sql("SELECT bool_and(jsonb_typeof(output) = 'string' AND starts_with(output #>> '{}', '[simulated]')) FROM "
                "smelt.results") == "t");
    f.check_all_done(2);
}

TEST_CASE("rows of a query are records, a changed row goes again, the others do not") {
    pipeline_fixture f{{.records = 0,
                        .task = text_task,
                        .source = R"({sql: "select id, body as text from public.letters", key: id})"}};
    f.execute("CREATE TABLE public.letters AS SELECT n AS id, 'Letter ' || n AS body FROM generate_series(1, 5) AS n");
    REQUIRE(f.smelt({"migrate"}).status == 0); // a database with a table of others is not migrated unasked
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.results") == "1 2 3 4 5");
    f.execute("UPDATE public.letters SET body = 'Another' WHERE id = 3");
    f.run_to_end();
    CHECK(f.counters()["requests_received"] == 6);
    f.check_all_done(5);
}

TEST_CASE("lines of JSON keep their digits on the way in and out") {
    pipeline_fixture f{{.records = 0, .task = text_task, .source = "{jsonl: letters.jsonl, key: id}"}};
    f.files().write("letters.jsonl", R"({"id": 7, "text": "It rains.", "n": 12345678901234567890123.4500})"
                                     "\n");
    f.run_to_end();
    CHECK(f.sql("SELECT fields->>'n' FROM smelt.results WHERE key = '7'") == "12345678901234567890123.4500");
    f.check_all_done(1);
}

TEST_CASE("records follow their file to another name, and a file that comes back is read again") {
    pipeline_fixture f{{.records = 4, .source = "{csv: \"r*.csv\", key: id}"}};
    f.run_to_end();
    const auto first = f.folder() / "records.csv";
    const auto second = f.folder() / "renamed.csv";
    std::filesystem::rename(first, second);
    f.run_to_end();
    f.check_all_done(4);
    CHECK(f.counters()["requests_received"] == 4);
    CHECK(f.sql("SELECT count(*) = 4 AND bool_and(f.path = 'renamed.csv') FROM smelt.record AS r JOIN "
                "smelt.source_file AS f ON f.id = r.source_file_id") == "t");

    std::filesystem::copy_file(second, first);
    const auto twice = f.smelt({"run"});
    CHECK(twice.status == 1);
    CHECK_THAT(twice.err, SMELT_CONTAINS("stands twice in the source"));
    std::filesystem::remove(second);
    f.run_to_end();
    CHECK(f.sql("SELECT bool_and(f.path = 'records.csv') FROM smelt.record AS r JOIN smelt.source_file AS f ON f.id "
                "= r.source_file_id") == "t");
    f.check_all_done(4);
}

TEST_CASE("what a provider has done is collected although the source is broken, and other pipelines go on") {
    pipeline_fixture f{{.records = 5}};
    REQUIRE(f.smelt({"run"}).status == 0);
    f.files().write("other.csv", "id,title,topic,note\n1,Title,t,n\n");
    f.write_another("{csv: other.csv, key: id}");
    f.files().write("records.csv", "id,title,topic,note\n6,Title,t,n\n7,only two\n");
    const auto done = f.smelt({"run", "pipeline.yaml", "other.yaml", "--wait", "--poll", "100ms"});
    INFO(done.out);
    CHECK(done.status == 1);
    CHECK_THAT(done.err, SMELT_CONTAINS("records.csv:3"));
    CHECK_THAT(done.out, SMELT_CONTAINS("Collected 2 batches: 6 accepted."));
    CHECK(f.sql("SELECT string_agg(pipeline || ' ' || extracted || ' of ' || total, ', ' ORDER BY pipeline) FROM "
                "smelt.status") == "notes 5 of 5, other 1 of 1");
    f.check_promises();
}

TEST_CASE("a column whose name has dots can be named, and a change of it is one of the content") {
    pipeline_fixture f{{.records = 1, .task = R"(
  extract:
    model: gpt-5-mini
    user: "Who: {{user.name}} What: {{note}}"
    output: {type: object, required: [note], properties: {note: {type: string}}}
)"}};
    f.files().write("records.csv", "id,user.name,note\n1,Ola,ferns\n2,Per,moss\n");
    const auto shown = f.smelt({"run", "pipeline.yaml", "--dry-run"});
    CHECK(shown.status == 0);
    CHECK_THAT(shown.out, SMELT_CONTAINS("Who: Ola What: ferns"));
    f.run_to_end();
    f.files().write("records.csv", "id,user.name,note\n1,Ola,ferns\n2,Kari,moss\n");
    f.run_to_end();
    CHECK(f.counters()["requests_billed"] == 3);
    f.files().write("other.csv", "id,name,note\n1,Ola,ferns\n");
    f.write_another("{csv: other.csv, key: id}");
    const auto refused = f.smelt({"run", "other.yaml"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("{{user.name}}, which no record has"));
}

TEST_CASE("rows without an id have a hash for a key, and equal ones keep their number over all files") {
    pipeline_fixture f{{.records = 1, .task = text_task, .source = "{csv: \"part*.csv\", key: {hash: [text]}}"}};
    f.files().write("part1.csv", "text,page\na,1\nb,2\na,3\n");
    f.files().write("part2.csv", "text,page\na,4\nc,5\n");
    REQUIRE(f.smelt({"load", "pipeline.yaml"}).status == 0);
    const auto pages = [&](const char *suffix) {
        return f.sql(std::string{"SELECT string_agg(fields->>'page', ' ' ORDER BY fields->>'page') FROM smelt.record "
                                 "WHERE key LIKE '%"} +
                     suffix + "'");
    };
    CHECK(f.sql("SELECT count(*) FROM smelt.record") == "5");
    CHECK(pages("-2") == "3");
    CHECK(pages("-3") == "4");
    f.run_to_end();
    const auto billed = f.counters()["requests_billed"];
    // Another row in front changes no record but those that it is equal to.
    f.files().write("part1.csv", "text,page\nd,0\na,1\nb,2\na,3\n");
    REQUIRE(f.smelt({"load", "pipeline.yaml"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.record") == "6");
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE status = 'pending'") == "1");
    f.run_to_end();
    CHECK(f.counters()["requests_billed"] == billed.get<int>() + 1);
    // One more equal row, in a file of its own that is named by hand.
    f.files().write("more.csv", "text,page\na,6\n");
    REQUIRE(f.smelt({"load", "pipeline.yaml", "more.csv"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.record") == "7");
    // And another one: the first is not forgotten. The same file from another folder is the same file.
    f.files().write("other.csv", "text,page\na,7\n");
    REQUIRE(f.smelt({"load", "pipeline.yaml", "other.csv"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.record") == "8");
    CHECK(f.sql("SELECT count(*) FROM smelt.record WHERE fields->>'page' IN ('6', '7')") == "2");
    auto elsewhere =
        f.smelt_command({"load", (f.folder() / "pipeline.yaml").string(), (f.folder() / "part1.csv").string()});
    elsewhere.folder = "/";
    REQUIRE(run(elsewhere).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.record") == "8");
}

TEST_CASE("a key may be the row of the file") {
    pipeline_fixture f{{.records = 1, .task = text_task, .source = "{csv: [a.csv, b.csv], key: {row: true}}"}};
    f.files().write("a.csv", "text\nsame\nsame\n");
    f.files().write("b.csv", "text\nsame\n");
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.record") == "a.csv:1 a.csv:2 b.csv:1");
    f.files().write("b.csv", "text\nsame\nother\n");
    f.run_to_end();
    CHECK(f.counters()["requests_billed"] == 4);
}
