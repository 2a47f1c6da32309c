#include "catch.hpp"
#include "pipeline_fixture.hpp"

using namespace smelt;
using namespace smelt::test;

namespace {

const std::string triage_tasks = R"yaml(
  assess:
    model: gpt-5-mini
    user: "{{title}} {{text}} found: {{evidence.names}} {{evidence.families.marked.count}}"
    output: {type: object, required: [decision], properties: {decision: {type: string, enum: [GO, NO-GO]}}}
    rules: [{name: weighs, check: "(evidence->>'weight')::numeric >= 0 and (output->>'decision') is not null"}]
  check:
    needs: [assess]
    when: "not (evidence->'names' ? 'marked')"
    model: gpt-5-mini
    user: "{{title}} {{tasks.assess.decision}}"
    output: {type: object, required: [sure], properties: {sure: {type: boolean}}}
)yaml";

const std::string pack_text = R"(
fields: [title, text]
families:
  - {name: open_code, patterns: ['\mAMSC code [ZGA]\M']}
  - {name: commercial, patterns: ['commercial items?\M']}
  - {name: marked, patterns: [marked], weight: 2}
  - {name: security, patterns: ['\msecret\M', clearance], skip: true, category: KO-03}
  - {name: new_only, patterns: [new manufacture only], unless: [commercial], skip: true}
  - name: direct
    all: [open_code, commercial]
    outcome: {task: assess, output: {decision: GO}}
)";

const std::string tenders = "id,title,text\n"
                            "1,Hinge,needs a SECRET clearance\n"
                            "2,Bolt,new manufacture only\n"
                            "3,Bolt,new manufacture only; a commercial item\n"
                            "4,Plate,\"AMSC code Z, commercial items\"\n"
                            "5,Plain,nothing\n"
                            "6,Marked,nothing\n";

struct triage : pipeline_fixture {
    explicit triage(const std::string &pack = pack_text, const std::string &more = "rules_file: pack.yaml\n")
        : pipeline_fixture{{.records = 1,
                            .simulator = {"--latency", "50ms", "--invalid-rate", "0"},
                            .extra = more,
                            .task = triage_tasks,
                            .source = "{csv: tenders.csv, key: id}"}} {
        files().write("tenders.csv", tenders);
        files().write("pack.yaml", pack);
    }
    std::string states(const std::string &task = "assess") {
        return sql("SELECT string_agg(key || ' ' || coalesce(skip_reason, status), ', ' ORDER BY key) FROM smelt.items "
                   "WHERE task = '" +
                   task + "'");
    }
    std::string value(const std::string &column, const std::string &key) {
        return sql("SELECT " + column + " FROM smelt.record WHERE key = '" + key + "'");
    }
    /// Of models.
    std::string requests() { return sql("SELECT coalesce(sum(sent), 0) FROM smelt.batch WHERE kind = 0"); }
};

} // namespace

TEST_CASE("a rule pack marks, skips and answers, and what it has found is kept") {
    triage f;
    f.run_to_end();
    CHECK(f.states() == "1 security, 2 new_only, 3 extracted, 4 extracted, 5 extracted, 6 extracted");
    CHECK(f.states("check") == "1 security, 2 new_only, 3 extracted, 4 extracted, 5 extracted, 6 when");
    CHECK(f.requests() == "6"); // 3, 5, 6 and then 3, 4, 5
    CHECK(f.value("evidence->'families'->'security'->'hits'", "1") ==
          R"([{"at": 9, "field": "text", "words": "SECRET"}, {"at": 16, "field": "text", "words": "clearance"}])");
    CHECK(f.value("evidence->'families'->'new_only'->'lifted_by'", "3") == R"(["commercial"])");
    CHECK(f.value("evidence->'names'", "6") == R"(["marked"])");
    CHECK(f.sql("SELECT model || ' ' || cost_usd || ' ' || (output->>'decision') FROM smelt.results WHERE task = "
                "'assess' AND "
                "key = '4'") == "rules 0.000000000 GO");
    CHECK(f.sql("SELECT kind || ' ' || name FROM smelt.batches WHERE kind = 'rules'").starts_with("rules pack.yaml@"));
    CHECK(f.sql("SELECT sum(requests) FROM smelt.spend") == "6");
    CHECK_THAT(f.smelt({"show", "notes", "1"}).out, SMELT_CONTAINS("found security: SECRET, clearance"));
    CHECK_THAT(f.smelt({"answers", "notes", "--key", "4"}).out, SMELT_CONTAINS("the rule pack has given this answer"));
    CHECK(f.smelt({"doctor", "--deep"}).status == 0);
}

TEST_CASE("what a rule pack finds is part of the request where a template names it") {
    triage f;
    f.run_to_end();
    CHECK_THAT(f.smelt({"answers", "notes", "--key", "6"}).out, SMELT_CONTAINS(R"(found: ["marked"] 1)"));
    CHECK_THAT(f.smelt({"answers", "notes", "--key", "5"}).out, SMELT_CONTAINS("found: [] "));
    SECTION("so an item is sent again when that changes") {
        f.files().write("pack.yaml", pack_text + "  - {name: plain, patterns: [plain]}\n");
        f.run_to_end();
        CHECK(f.requests() == "8"); // 5 again, and what needs it
        CHECK_THAT(f.smelt({"answers", "notes", "--key", "5"}).out, SMELT_CONTAINS(R"(found: ["plain"])"));
    }
    SECTION("and not when something else of the pack does") {
        auto other = pack_text;
        other.replace(other.find("weight: 2"), 9, "weight: 7");
        f.files().write("pack.yaml", other);
        f.run_to_end();
        CHECK(f.requests() == "6");
        CHECK(f.value("evidence->>'weight'", "6") == "7");
    }
}

TEST_CASE("a changed rule pack is applied to the records that are there") {
    triage f;
    f.run_to_end();
    const auto write = [&](const std::string &from, const std::string &to) {
        auto other = pack_text;
        other.replace(other.find(from), from.size(), to);
        f.files().write("pack.yaml", other);
        f.run_to_end();
        CHECK(f.smelt({"doctor", "--deep"}).status == 0);
    };
    SECTION("what it no longer skips is sent") {
        write("unless: [commercial], skip: true", "unless: [commercial]");
        CHECK(f.states() == "1 security, 2 extracted, 3 extracted, 4 extracted, 5 extracted, 6 extracted");
    }
    SECTION("another answer takes the place of its own, and of no model's") {
        write("output: {decision: GO}", "output: {decision: NO-GO}");
        CHECK(f.sql("SELECT output->>'decision' FROM smelt.results WHERE task = 'assess' AND key = '4'") == "NO-GO");
        CHECK(f.sql("SELECT count(*) FROM smelt.batch WHERE kind = 2") == "2");
        CHECK(f.requests() == "7"); // the check of 4 again: it was made from the former answer
    }
    SECTION("what it no longer answers is asked") {
        write("    all: [open_code, commercial]\n    outcome: {task: assess, output: {decision: GO}}",
              "    all: [open_code, commercial]");
        CHECK(f.sql("SELECT model FROM smelt.results WHERE task = 'assess' AND key = '4'") == "gpt-5-mini");
    }
}

TEST_CASE("what a rule pack answers now and a model has answered stays") {
    triage f;
    auto tasks = triage_tasks;
    const std::string named = " found: {{evidence.names}} {{evidence.families.marked.count}}";
    tasks.erase(tasks.find(named), named.size());
    f.write_pipeline(tasks);
    f.run_to_end();
    auto other = pack_text;
    other.replace(other.find("all: [open_code, commercial]"), 28, "patterns: [nothing]");
    f.files().write("pack.yaml", other);
    f.run_to_end();
    CHECK(f.value("decision->>'task'", "5") == "assess");
    // 4 is the pack's no more, and asked.
    CHECK(f.sql("SELECT string_agg(model, ' ' ORDER BY key) FROM smelt.results WHERE task = 'assess'") ==
          "gpt-5-mini gpt-5-mini gpt-5-mini gpt-5-mini");
    CHECK(f.smelt({"redo", "notes", "--task", "assess", "--key", "5"}).status == 0);
    f.run_to_end();
    CHECK(f.sql("SELECT model FROM smelt.results WHERE task = 'assess' AND key = '5'") == "rules");
}

TEST_CASE("redo asks the rule pack, not a model, where it has an answer") {
    triage f;
    f.run_to_end();
    CHECK(f.smelt({"redo", "notes", "--task", "assess", "--key", "4"}).status == 0);
    f.run_to_end();
    CHECK(f.sql("SELECT model FROM smelt.results WHERE task = 'assess' AND key = '4'") == "rules");
    CHECK(f.requests() == "6");
}

TEST_CASE("an answer of a person outlives what a rule pack says") {
    triage f;
    f.run_to_end();
    CHECK(f.smelt({"approve", "notes", "--task", "assess", "--min-score", "0.5", "--reviewer", "ann"}).status == 0);
    auto other = pack_text;
    other.replace(other.find("{decision: GO}"), 14, "{decision: NO-GO}");
    f.files().write("pack.yaml", other);
    f.run_to_end();
    CHECK(f.sql("SELECT output->>'decision' FROM smelt.results WHERE task = 'assess' AND key = '4'") == "GO");
}

TEST_CASE("a rule pack that cannot be what is meant refuses to run, and nothing is sent") {
    const auto refusal = [](const std::string &pack) {
        triage f{pack};
        const auto done = f.smelt({"run"});
        CHECK(done.status == 1);
        CHECK(f.counters()["batches_created"] == 0);
        return done.err;
    };
    CHECK_THAT(refusal(""), SMELT_CONTAINS("the file is empty"));
    CHECK_THAT(refusal("fields: [title]\nfamilies: [{name: marked, patterns: ['(x']}]\n"),
               SMELT_CONTAINS("pack.yaml:2") && SMELT_CONTAINS("PostgreSQL does not accept it"));
    CHECK_THAT(refusal("fields: [titel]\nfamilies: [{name: marked, patterns: [x]}]\n"),
               SMELT_CONTAINS("titel, which no record has"));
    CHECK_THAT(
        refusal("fields: [title]\nfamilies: [{name: marked, patterns: [x], outcome: {task: asses, output: 1}}]\n"),
        SMELT_CONTAINS("no task \"asses\"") && SMELT_CONTAINS("assess"));
    CHECK_THAT(refusal("fields: [title]\nfamilies: [{name: marked, patterns: [x], outcome: {task: assess, output: "
                       "{decision: MAYBE}}}]\n"),
               SMELT_CONTAINS("no answer of task assess"));
    CHECK_THAT(refusal("fields: [title]\nfamilies: [{name: other, patterns: [x]}]\n"),
               SMELT_CONTAINS("evidence.families.marked.count") && SMELT_CONTAINS("never finds"));
    SECTION("a file that is not there") {
        triage f{pack_text, "rules_file: packs.yaml\n"};
        const auto done = f.smelt({"run"});
        CHECK(done.status == 1);
        CHECK_THAT(done.err, SMELT_CONTAINS("there is no file") && SMELT_CONTAINS("packs.yaml"));
    }
    SECTION("evidence without a rule pack") {
        triage f{pack_text, ""};
        CHECK_THAT(f.smelt({"run"}).err, SMELT_CONTAINS("evidence"));
        CHECK(f.counters()["batches_created"] == 0);
    }
    SECTION("a record with a field called evidence") {
        triage f;
        f.files().write("tenders.csv", "id,title,text,evidence\n1,a,b,c\n");
        CHECK_THAT(f.smelt({"run"}).err, SMELT_CONTAINS("a field called evidence"));
    }
}

TEST_CASE("smelt rules says what was found, and tries examples") {
    triage f;
    f.run_to_end();
    const auto report = f.smelt({"rules", "notes"});
    CHECK_THAT(report.out, SMELT_CONTAINS("security") && SMELT_CONTAINS("6 records looked at"));
    const auto found = json::parse(f.smelt({"rules", "notes", "--json"}).out);
    CHECK(found.at("families").at(4).at("records") == 2);
    CHECK(found.at("families").at(4).at("lifted") == 1);
    CHECK(found.at("families").at(4).at("decided") == 1);
    f.files().write(
        "good.yaml",
        "- {name: a hinge, fields: {title: Hinge, text: secret}, counts: [security], decided_by: security}\n"
        "- {name: nothing, fields: {title: x, text: y}, counts: [], decided_by: null}\n");
    const auto good = f.smelt({"rules", "notes", "--test", "good.yaml"});
    CHECK(good.status == 0);
    CHECK_THAT(good.out, SMELT_CONTAINS("All of 2 examples"));
    f.files().write("bad.yaml",
                    "- {name: a hinge, fields: {title: Hinge, text: marked secret}, counts: [security, new_only]}\n");
    const auto bad = f.smelt({"rules", "notes", "--test", "bad.yaml"});
    CHECK(bad.status == 1);
    CHECK_THAT(bad.out, SMELT_CONTAINS("bad.yaml:1: a hinge") && SMELT_CONTAINS("does not count: new_only") &&
                            SMELT_CONTAINS("counts, unexpected: marked"));
    f.files().write("wrong.yaml", "- {name: x, fields: {}, counts: [securty]}\n");
    CHECK_THAT(f.smelt({"rules", "notes", "--test", "wrong.yaml"}).err,
               SMELT_CONTAINS("securty") && SMELT_CONTAINS("security"));
}

TEST_CASE("an export shows what a rule pack has found, also of what it has skipped") {
    triage f;
    f.run_to_end();
    f.files().write("columns.yaml", "- id\n- result: {sql: \"coalesce(output->>'decision', 'NO-GO')\"}\n"
                                    "- pattern: {sql: \"evidence->>'primary'\"}\n");
    const auto table = f.smelt({"export", "notes", "--all", "--task", "assess", "--columns", "columns.yaml"});
    INFO(table.out << table.err);
    CHECK(table.status == 0);
    CHECK_THAT(table.out, SMELT_CONTAINS("1,NO-GO,security") && SMELT_CONTAINS("4,GO,direct"));
}
