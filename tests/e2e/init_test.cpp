#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include "smelt/base/json.hpp"

#include <filesystem>

using namespace smelt;
using namespace smelt::test;

TEST_CASE("init --from writes a pipeline that runs, for files of all kinds") {
    pipeline_fixture f{{.records = 1}};
    const auto init = [&](const std::string &name, const std::string &file, const std::string &content) {
        f.files().write(file, content);
        const auto done = f.smelt({"init", name, "--from", file});
        INFO(done.err);
        REQUIRE(done.status == 0);
        const auto dry = f.smelt({"run", name + "/pipeline.yaml", "--dry-run"});
        INFO(f.files().read(name + "/pipeline.yaml") << dry.err);
        CHECK(dry.status == 0);
        return done.out + f.files().read(name + "/pipeline.yaml") + dry.out;
    };
    CHECK_THAT(init("books", "my books [1].csv", "nr;title;\"a text\"\n7;One;x\n8;Two;x\n9;Three;x\n"),
               SMELT_CONTAINS("3 records of my books [1].csv, with 3 fields: nr, title, a text.\nThe key is nr:") &&
                   SMELT_CONTAINS("delimiter: \";\"") && SMELT_CONTAINS("title: {{title}}") &&
                   SMELT_CONTAINS("a text: {{a text}}"));
    CHECK_THAT(init("tabs", "t.tsv", "word\tn\nsaid \"yes\" twice\t1\nno\t1\n"), SMELT_CONTAINS("delimiter: tab"));
    CHECK_THAT(init("same", "same.csv", "a,b\n1,2\n1,2\n"), SMELT_CONTAINS("key: {hash: [a, b]}"));
    CHECK_THAT(
        init("lines", "l.jsonl", "{\"id\": \"x\", \"meta\": {\"title\": \"T\"}}\n{\"id\": \"y\", \"more\": 1}\n"),
        SMELT_CONTAINS("{{#meta.title}}meta.title: {{meta.title}}{{/meta.title}}") && SMELT_CONTAINS("key: id"));
    CHECK_THAT(
        init("nested", "n.json", R"({"v": 1, "batch": {"items": [{"k": "a", "t": "x"}, {"k": "b", "t": "x"}]}})"),
        SMELT_CONTAINS("records: \"$.batch.items[*]\"") && SMELT_CONTAINS("key: k"));
    CHECK_THAT(init("members", "m.json", R"({"sets": {"one": {"t": "x"}, "two": {"t": "y"}}})"),
               SMELT_CONTAINS("records: \"$.sets[*]\"") && SMELT_CONTAINS("key: member"));
    CHECK_THAT(init("array", "a.json", R"([{"id": 1, "t": "x"}, {"id": 2, "t": "y"}])"), SMELT_CONTAINS("key: id"));
}

TEST_CASE("init --from leaves no field out and takes nothing for a key by chance") {
    pipeline_fixture f{{.records = 1}};
    int number = 0;
    const auto yaml_for = [&](const std::string &file, const std::string &content) {
        const auto folder = "d" + std::to_string(++number);
        f.files().write(file, content);
        const auto done = f.smelt({"init", folder, "--from", file});
        const auto dry = f.smelt({"run", folder + "/pipeline.yaml", "--dry-run"});
        const auto yaml = f.files().read(folder + "/pipeline.yaml");
        INFO(yaml << done.err << dry.err);
        CHECK(dry.status == 0);
        return done.out + yaml;
    };
    CHECK_THAT(yaml_for("q.csv", "question,lang\nWhat is it?,en\nWas ist das?,de\n"),
               SMELT_CONTAINS("key: {hash: [question, lang]}") && SMELT_CONTAINS("question: {{question}}"));
    CHECK_THAT(yaml_for("e.csv", "id,text\n1,hello\n,day\n"),
               SMELT_CONTAINS("id is not, because it is empty") && SMELT_CONTAINS("id: {{id}}"));
    CHECK_THAT(yaml_for("odd.csv", "id, text,#pages,Bem.,{x}\n1,a,b,c,d\n2,a,b,c,d\n"),
               SMELT_CONTAINS("{{all_fields}}") && SMELT_CONTAINS("except: [id]"));
    CHECK_THAT(yaml_for("list.jsonl", R"({"id": "a", "items": ["one", "two"]})"), SMELT_CONTAINS("{{all_fields}}"));
    CHECK_THAT(yaml_for("no.jsonl", "{\"id\": 1, \"t\": \"x\"}\n{\"id\": 2, \"t\": null}\n"),
               SMELT_CONTAINS("{{#t}}t: {{t}}{{/t}}"));
    CHECK_THAT(yaml_for("years.json", R"({"2023": [{"id": 1, "t": "x"}], "2024": [{"id": 2, "t": "y"}]})"),
               SMELT_CONTAINS("records: \"$[*][*]\"") && SMELT_CONTAINS("2 records of years.json"));
    CHECK_THAT(yaml_for("names.json", R"({"u": {"ann": {"member": "yes"}, "bob": {"member": "no"}}})"),
               SMELT_CONTAINS("member: name\n") && SMELT_CONTAINS("key: name"));
    CHECK_THAT(yaml_for("lines.txt", "{\"id\": 1, \"t\": \"a\"}\n{\"id\": 2, \"t\": \"b\"}\n"),
               SMELT_CONTAINS("jsonl: "));
    CHECK_THAT(yaml_for("${HOME}.csv", "${X},t\na,b\nc,b\n"), SMELT_CONTAINS("$${HOME}.csv"));
}

TEST_CASE("init --from names what is wrong with a file, and writes nothing") {
    pipeline_fixture f{{.records = 1}};
    f.files().write("empty.csv", "");
    f.files().write("header.csv", "a,b\n");
    f.files().write("broken.json", "{\"a\": ");
    f.files().write("twice.csv", "id,name,name\n1,x,y\n");
    f.files().write("short.csv", "id;a;b\n1;x;y\n3;only\n");
    f.files().write("quote.csv", "id,text\n1,\"unclosed\n");
    f.files().write("sheet.csv", "sep=;\nid;t\n1;x\n");
    f.files().write("packed.csv.gz", "\x1F\x8B\x08");
    for (const auto &[file, error] : {std::pair{"nofile.csv", "nofile.csv: cannot be read"},
                                      {"empty.csv", "the file is empty"},
                                      {"header.csv", "header.csv has no records"},
                                      {"broken.json", "broken.json: is no JSON"},
                                      {"twice.csv", "are both named \"name\""},
                                      {"short.csv", "short.csv:3: the row has 2 columns, the header has 3"},
                                      {"quote.csv", "quote.csv:2: "},
                                      {"sheet.csv", "begins with the line sep=;"},
                                      {"packed.csv.gz", "is compressed"}}) {
        const auto done = f.smelt({"init", "new", "--from", file});
        CHECK(done.status == 1);
        CHECK_THAT(done.err, SMELT_CONTAINS(error));
        CHECK(!std::filesystem::exists(f.folder() / "new"));
    }
}

TEST_CASE("init writes a pipeline that can be read, and overwrites nothing") {
    pipeline_fixture f{{.records = 1}};
    REQUIRE(f.smelt({"init", "mine"}).status == 0);
    const auto written = f.files().read("mine/pipeline.yaml");
    CHECK_THAT(written, SMELT_CONTAINS("pipeline: mine ") && SMELT_CONTAINS("smelt_out.mine_sort"));
    CHECK_THAT(f.files().read("mine/README.md"), SMELT_CONTAINS("smelt status mine\n"));
    CHECK_THAT(f.smelt({"init", "my own"}).out, SMELT_CONTAINS("cd 'my own' && "));
    const auto again = f.smelt({"init", "mine"});
    CHECK(again.status == 1);
    CHECK_THAT(again.err, SMELT_CONTAINS("nothing was written"));
    const auto dry = f.smelt({"run", "mine/pipeline.yaml", "--dry-run", "--json"});
    INFO(dry.err);
    REQUIRE(dry.status == 0);
    CHECK(json::parse(dry.out)[0]["claimable"] > 0);
}
