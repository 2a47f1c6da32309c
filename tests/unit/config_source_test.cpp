#include "catch.hpp"
#include "pipeline_loader.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/pipeline.hpp"

using namespace smelt;
using namespace smelt::config;
using namespace smelt::test;

TEST_CASE("text, jsonl and sql are sources, too") {
    const loader l;
    const auto load = [&](const std::string &source) {
        return l.load("pipeline: p\nsource: " + source + "\ntasks: {t: {model: m, user: u}}\n").source;
    };
    CHECK(load("{text: 'docs/*.txt'}").key.fields == std::vector<std::string>{"file"});
    CHECK(load("{jsonl: a.jsonl, key: k}").kind == source_kind::jsonl);
    const auto sql = load("{sql: 'select ${x}, $${y}', key: k}");
    CHECK(sql.kind == source_kind::sql);
    CHECK(sql.query == "select ${x}, $${y}");
    CHECK(sql.patterns.empty());
}

TEST_CASE("a source needs the right key") {
    const loader l;
    const auto error = [&](const std::string &source) {
        return l.error("pipeline: p\nsource: " + source + "\ntasks: {t: {model: m, user: u}}\n");
    };
    CHECK_THAT(error("{csv: a.csv}"), SMELT_CONTAINS("2: source: the key \"key\" is missing"));
    CHECK_THAT(error("{text: a.txt, key: id}"), SMELT_CONTAINS("2: source.key: text sources have no key field"));
    CHECK_THAT(error("{jsonl: a, key: id, delimiter: ';'}"), SMELT_CONTAINS("only CSV has a delimiter"));
    CHECK_THAT(error("{text: a, content: [text, body]}"),
               SMELT_CONTAINS("2: source.content[1]: a record of a text source"));
}

TEST_CASE("paths, derived fields and what is gone are checked when the file is read") {
    const loader l;
    const auto load = [&](const std::string &source, const std::string &more = "") {
        return l.load("pipeline: p\nsource: " + source + "\ntasks: {t: {model: m, user: u}}\n" + more).source;
    };
    const auto error = [&](const std::string &source, const std::string &more = "") {
        return l.error("pipeline: p\nsource: " + source + "\ntasks: {t: {model: m, user: u}}\n" + more);
    };
    const auto json = load("{json: a.json, records: '$.a[*]', key: k, every: 5m, gone: skip}");
    CHECK(json.kind == source_kind::json);
    CHECK(json.every == std::chrono::minutes{5});
    CHECK(json.skips_gone);
    CHECK_THAT(error("{json: a.json, records: 'a[*]', key: k}"),
               SMELT_CONTAINS("source.records") && SMELT_CONTAINS("no path"));
    CHECK_THAT(error("{csv: a.csv, records: '$', key: k}"), SMELT_CONTAINS("only a json source has records"));
    CHECK_THAT(error("{csv: a.csv, key: k, derive: {x: {from: y, match: '('}}}"),
               SMELT_CONTAINS("not a regular expression"));
    CHECK_THAT(error("{csv: a.csv, key: k, derive: {x: {from: x, match: a}}}"),
               SMELT_CONTAINS("made of a field of the source"));
    CHECK_THAT(error("{text: 'a/*', derive: {x: {from: y, match: a}}}"), SMELT_CONTAINS("text and file only"));
    const std::string filter = "prefilter: [{name: gone, skip_if: 'true'}]\n";
    CHECK_FALSE(load("{csv: a.csv, key: k}", filter).skips_gone);
    CHECK_THAT(error("{csv: a.csv, key: k, gone: skip}", filter), SMELT_CONTAINS("another one"));
}

TEST_CASE("files that records name, rows that ask and equal records are checked when the file is read") {
    const loader l;
    const auto load = [&](const std::string &source, const std::string &more = "") {
        return l.load("pipeline: p\nsource: " + source + "\ntasks: {t: {model: m, user: u}}\n" + more);
    };
    const auto error = [&](const std::string &source, const std::string &more = "") {
        return l.error("pipeline: p\nsource: " + source + "\ntasks: {t: {model: m, user: u}}\n" + more);
    };
    const auto p = load("{csv: a.csv, key: k, text_file: {column: path, base: texts, max_bytes: 2kB}}",
                        "dedupe: {by: \"fields->>'${x}'\", keep: last, ignore: [k]}\n");
    REQUIRE(p.source.text_file);
    CHECK(p.source.text_file->field == "text");
    CHECK(p.source.text_file->max_bytes == 2000);
    REQUIRE(p.dedupe);
    CHECK(p.dedupe->by == "fields->>'${x}'");
    CHECK(p.dedupe->keeps_last);
    const auto asking = load("{sql: 'select 1', key: k, again: {when: 'true', version: v}}").source.again;
    REQUIRE(asking);
    CHECK(asking->times == 3);

    CHECK_THAT(error("{text: 'a/*', text_file: {column: file, base: .}}"), SMELT_CONTAINS("its records already"));
    CHECK_THAT(error("{csv: a.csv, key: k, text_file: {column: path}}"), SMELT_CONTAINS("base"));
    CHECK_THAT(error("{csv: a.csv, key: k, text_file: {column: text, base: .}}"),
               SMELT_CONTAINS("two fields are named \"text\""));
    CHECK_THAT(error("{csv: a.csv, key: text, text_file: {column: path, base: .}}"), SMELT_CONTAINS("part of the key"));
    CHECK_THAT(error("{csv: a.csv, key: k, text_file: {column: path, base: .}}",
                     "prefilter: [{name: max_bytes, skip_if: 'true'}]\n"),
               SMELT_CONTAINS("another one"));
    CHECK_THAT(error("{csv: a.csv, key: k, again: {when: 'true', version: v}}"),
               SMELT_CONTAINS("only rows of a query can ask"));
    CHECK_THAT(error("{csv: a.csv, key: k}", "dedupe: {by: '1'}\n"), SMELT_CONTAINS("names no field"));
}
