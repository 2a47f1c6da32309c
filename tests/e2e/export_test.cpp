#include "graph_fixture.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace smelt;
using namespace smelt::test;

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path &file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// The files of a folder with their sizes in lines, sorted.
std::string listing(const fs::path &folder) {
    std::vector<std::string> files;
    for (const auto &entry : fs::recursive_directory_iterator{folder})
        if (entry.is_regular_file()) {
            const auto text = text_of(entry.path());
            files.push_back(entry.path().lexically_relative(folder).string() + ":" +
                            std::to_string(std::ranges::count(text, '\n')));
        }
    std::ranges::sort(files);
    std::string all;
    for (const auto &file : files)
        all += file + " ";
    return all;
}

/// Four records from two files, classified and, where the topic is even, extracted.
struct export_fixture : graph_fixture {
    export_fixture() : graph_fixture{1, classify() + extract()} {
        files().write("one.csv", "id,title,topic\nr1,Note 1,odd\nr2,Note 2,even\n");
        files().write("two.csv", "id,title,topic\nr3,\"=1+1\",odd\nr4,Note 4,even\n");
        auto yaml = files().read("pipeline.yaml");
        yaml.replace(yaml.find("records.csv"), 11, "[one.csv, two.csv]");
        files().write("pipeline.yaml", yaml);
        run_to_end();
    }
    std::string csv(std::vector<std::string> options) {
        options.insert(options.begin(), {"export", "notes"});
        const auto done = smelt(options);
        INFO(done.err);
        CHECK(done.status == 0);
        return done.out;
    }
    std::string refusal(std::vector<std::string> options) {
        options.insert(options.begin(), {"export", "notes"});
        const auto done = smelt(options);
        CHECK(done.status == 1);
        return done.err;
    }
    [[nodiscard]] fs::path columns(const std::string &text) {
        files().write("columns.yaml", text);
        return folder() / "columns.yaml";
    }
};

} // namespace

TEST_CASE("an export has one row per record, with the columns of all tasks") {
    export_fixture f;
    const auto rows = f.csv({"--all"});
    CHECK(rows.starts_with("id,title,topic,classify.topic,classify.score,"));
    CHECK_THAT(rows, SMELT_CONTAINS(",extract.title,extract.topic,extract.score,") &&
                         SMELT_CONTAINS("\r\nr1,Note 1,odd,odd,1,false,"));
    CHECK(std::ranges::count(rows, '\n') == 5);
    // r1 has no answer of extract, and says why.
    const auto first = json::parse(f.csv({"--format", "jsonl", "--key", "r1"}));
    CHECK(first["extract.status"] == "skipped");
    CHECK(first["extract.reason"] == "when");
    CHECK(first["extract.title"].is_null());
    const auto even = json::parse(f.csv({"--format", "json", "--task", "extract"}));
    REQUIRE(even.size() == 2);
    CHECK(even[0]["id"] == "r2");
    CHECK(even[0]["output.topic"] == "even");
    CHECK(even[0]["superseded"] == false);
    CHECK_THAT(f.csv({"--spreadsheet", "--where", "key = 'r3'"}), SMELT_CONTAINS("r3,'=1+1,odd"));
    CHECK_THAT(f.csv({"--with", "source_file,source_line,batch,key", "--key", "r4", "--task", "classify"}),
               SMELT_CONTAINS(",two.csv,3,1,r4\r\n"));
}

TEST_CASE("a columns file chooses, renames and computes") {
    export_fixture f;
    const auto file =
        f.columns("- number: id\n- classify.topic\n- source: {value: pilot}\n"
                  "- title_length: {sql: \"length(fields->>'title')\"}\n"
                  "- both: {sql: \"tasks->'extract'->>'topic' || '+' || (tasks->'classify'->>'topic')\"}\n");
    CHECK(f.csv({"--columns", file.string()}) == "number,classify.topic,source,title_length,both\r\n"
                                                 "r1,odd,pilot,6,\r\nr2,even,pilot,6,even+even\r\n"
                                                 "r3,odd,pilot,4,\r\nr4,even,pilot,6,even+even\r\n");
    CHECK_THAT(f.refusal({"--columns", f.columns("- id\n- titel\n").string()}),
               SMELT_CONTAINS("columns.yaml:2: there is no column \"titel\"") && SMELT_CONTAINS("title"));
    CHECK_THAT(f.refusal({"--columns", f.columns("- id\n- x: {sql: \"1); DROP TABLE smelt.item; --\"}\n").string()}),
               SMELT_CONTAINS("does not accept it"));
    CHECK_THAT(f.refusal({"--columns", f.columns("- id\n- ID: title\n").string()}),
               SMELT_CONTAINS("differ in case only"));
    CHECK_THAT(f.refusal({"--columns", f.columns("- x: {sql: \"(fields->>'title')::int\"}\n").string()}),
               SMELT_CONTAINS("invalid input syntax"));
    CHECK_THAT(f.refusal({"--columns", f.columns("id: 1\n").string()}),
               SMELT_CONTAINS("a list of columns is expected"));
    CHECK_THAT(f.refusal({"--columns", "none.yaml"}), SMELT_CONTAINS("none.yaml: there is no such file"));
    CHECK(f.sql("SELECT count(*) FROM smelt.item") == "8");
}

TEST_CASE("an export by columns is a folder of whole files") {
    export_fixture f;
    const auto folder = f.folder() / "out";
    CHECK(f.smelt({"export", "notes", "--by", "source_file", "-o", folder.string()}).status == 0);
    CHECK(listing(folder) == "one.csv:3 two.csv:3 ");
    CHECK(f.smelt({"export", "notes", "--by", "topic,id", "--format", "jsonl", "-o", (f.folder() / "deep").string()})
              .status == 0);
    CHECK(listing(f.folder() / "deep") == "even/r2.jsonl:1 even/r4.jsonl:1 odd/r1.jsonl:1 odd/r3.jsonl:1 ");
    CHECK_THAT(f.refusal({"--by", "topik", "-o", "x"}), SMELT_CONTAINS("no column \"topik\""));
    CHECK_THAT(f.refusal({"--by", "topic"}), SMELT_CONTAINS("-o FOLDER"));
    CHECK_THAT(f.refusal({"--by", "topic", "-o", "one.csv"}), SMELT_CONTAINS("cannot be made a folder"));
}

TEST_CASE("more parts than files may be open are written whole") {
    graph_fixture f{450, classify()};
    f.run_to_end();
    const auto done = f.smelt({"export", "notes", "--by", "id", "-o", (f.folder() / "out").string()});
    CHECK(done.status == 0);
    CHECK_THAT(done.err, SMELT_CONTAINS("450 files"));
    const auto files = listing(f.folder() / "out");
    CHECK(std::ranges::count(files, ' ') == 450);
    CHECK_THAT(files, SMELT_CONTAINS("r1.csv:2 ") && SMELT_CONTAINS("r450.csv:2 "));
}

TEST_CASE("a grouped export is one document of answers by names") {
    export_fixture f;
    const auto document = json::parse(f.csv({"--grouped", "title,task"}));
    CHECK(document["Note 2"]["extract"]["response"]["topic"] == "even");
    CHECK(document["Note 2"]["extract"]["model"] == "gpt-5-mini");
    CHECK(document["Note 2"]["classify"]["usage"]["output_tokens"].get<int>() > 0);
    CHECK_FALSE(document["Note 1"].contains("extract"));
    CHECK_THAT(f.refusal({"--grouped", "topic,task"}),
               SMELT_CONTAINS("two answers would stand at topic odd, task classify") && SMELT_CONTAINS("r3"));
    CHECK(json::parse(f.csv({"--grouped", "topic,key", "--task", "classify"}))["odd"].size() == 2);
}

TEST_CASE("an export of a query streams its rows and changes nothing") {
    export_fixture f;
    f.files().write("q.sql",
                    "SELECT key, output->>'topic' AS topic, 1.50 AS n, true AS yes, fields FROM smelt.results\n"
                    "WHERE task = 'classify' ORDER BY key DESC -- the last first\n");
    const auto lines = f.csv({"--sql", (f.folder() / "q.sql").string(), "--format", "jsonl"});
    const auto first = json::parse(lines.substr(0, lines.find('\n')));
    CHECK(first["key"] == "r4");
    CHECK(first["n"] == 1.5);
    CHECK(first["yes"] == true);
    CHECK(first["fields"]["title"] == "Note 4");
    for (const auto *bad : {"DELETE FROM smelt.item", "SELECT 1; DELETE FROM smelt.item",
                            "SELECT 1) AS q; COMMIT; DELETE FROM smelt.item; --", "SELECT nonsense FROM nowhere"}) {
        INFO(bad);
        f.files().write("q.sql", bad);
        CHECK_THAT(f.refusal({"--sql", (f.folder() / "q.sql").string()}), SMELT_CONTAINS("--sql"));
    }
    CHECK(f.sql("SELECT count(*) FROM smelt.item") == "8");
}

TEST_CASE("a workbook holds numbers as numbers and texts as texts") {
    export_fixture f;
    const auto file = (f.folder() / "out.xlsx").string();
    CHECK(f.smelt({"export", "notes", "--task", "classify", "-o", file}).status == 0);
    const command unpack{
        "/usr/bin/python3",
        {"-c", "import sys, zipfile\nprint(zipfile.ZipFile(sys.argv[1]).read('xl/worksheets/sheet1.xml').decode())",
         file}};
    const auto sheet = run(unpack);
    CHECK_THAT(sheet.out, SMELT_CONTAINS("<t>=1+1</t>") && SMELT_CONTAINS("<v>1</v>") && !SMELT_CONTAINS("<f>"));
    CHECK_THAT(f.refusal({"--format", "xlsx"}), SMELT_CONTAINS("-o FILE.xlsx"));
    CHECK(f.smelt({"export", "notes", "--by", "topic", "--format", "xlsx", "-o", (f.folder() / "books").string()})
              .status == 0);
    CHECK(fs::exists(f.folder() / "books/even.xlsx"));
}

TEST_CASE("kept answers are exported as they came") {
    graph_fixture f{2, classify() + "    keep_raw: all\n"};
    f.run_to_end();
    const auto lines = f.smelt({"export", "notes", "--raw"}).out;
    REQUIRE(std::ranges::count(lines, '\n') == 2);
    const auto first = json::parse(lines.substr(0, lines.find('\n')));
    CHECK(first["key"] == "r1");
    CHECK(json::parse(first["raw"].get<std::string>())["topic"] == "odd");
    CHECK(first["line"]["response"]["status_code"] == 200);
    CHECK(first["line"]["response"]["body"]["choices"][0]["message"]["content"] == first["raw"]);
    CHECK(first["remote_id"].get<std::string>().starts_with("batch_"));
}

TEST_CASE("records of a JSON document are asked about, and its columns keep their order") {
    graph_fixture f{1, classify("topic.name")};
    f.files().write(
        "a.json",
        R"({"sets":{"Peat":{"title":"Peat bogs","topic":{"name":"even"}},"A_b \"c\"":{"title":"Über","topic":{"name":"odd"}}}})");
    auto yaml = f.files().read("pipeline.yaml");
    const std::string old = "{csv: records.csv, key: id}";
    yaml.replace(yaml.find(old), old.size(), "{json: a.json, records: \"$.sets[*]\", member: section, key: section}");
    f.files().write("pipeline.yaml", yaml);
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(key || '=' || (output->>'topic'), ' ' ORDER BY key) FROM smelt.results") ==
          "A_b \"c\"=odd Peat=even");
    CHECK(f.smelt({"export", "notes"}).out.starts_with("section,title,topic,output.topic,score,"));
    // Another path is another source: everything is read again.
    yaml.replace(yaml.find("$.sets"), 6, "$.none");
    f.files().write("pipeline.yaml", yaml);
    const auto done = f.smelt({"run"});
    CHECK(done.status == 1);
    CHECK_THAT(done.err, SMELT_CONTAINS("a.json") && SMELT_CONTAINS("no \"none\" in $") && SMELT_CONTAINS("sets"));
}
