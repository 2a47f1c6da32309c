// Tasks that need the answers of other tasks. The simulator answers a property `topic` with what follows "Topic:" in
// the prompt.

#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <memory>
#include <random>
#include <thread>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;

namespace {

std::string classify(const std::string &field = "topic") {
    return R"(
  classify:
    model: gpt-5-nano
    user: "Topic: {{)" +
           field + R"(}}\nTitle: {{title}}"
    output: {type: object, required: [topic], properties: {topic: {type: string}}}
    retry: {backoff: 50ms}
)";
}

std::string extract(const std::string &when = "tasks->'classify'->>'topic' = 'even'") {
    return R"(
  extract:
    needs: classify
    when: ")" +
           when + R"("
    model: gpt-5-mini
    user: "Title: {{title}}\nTopic: {{tasks.classify.topic}}"
    output: {type: object, required: [title, topic], properties: {title: {type: string}, topic: {type: string}}}
    retry: {backoff: 50ms}
)";
}

/// Records whose topic is even or odd, and in another column for some of them something else.
struct graph_fixture : pipeline_fixture {
    graph_fixture(int records, const std::string &tasks,
                  std::vector<std::string> simulator = {"--latency", "50ms", "--invalid-rate", "0"})
        : pipeline_fixture{{.records = 1, .simulator = std::move(simulator), .task = tasks}} {
        write(records);
    }
    /// The first `others` have the topic "even" in the column later where it is "odd" in topic, and the other way
    /// round.
    void write(int records, int others = 0, const std::string &marked = "") {
        std::string csv = "id,title,topic,later,classify\n";
        for (int i = 1; i <= records; ++i) {
            const bool even = i % 2 == 0;
            csv += fmt::format("r{},Note {}{},{},{},own {}\n", i, i, marked, even ? "even" : "odd",
                               even != (i <= others) ? "even" : "odd", i);
        }
        std::filesystem::rename(files().write("records.new", csv), folder() / "records.csv");
    }
    std::string status(const std::string &task, const std::string &columns) {
        return sql("SELECT concat_ws(' ', " + columns + ") FROM smelt.status WHERE task = '" + task + "'");
    }
    /// Requests of a task that were paid for.
    std::string attempts(const std::string &task) {
        return sql("SELECT count(*) FROM smelt.attempt WHERE task_id = (SELECT id FROM smelt.task WHERE name = '" +
                   task + "')");
    }
    finished redo(const std::string &task = {}) {
        std::vector<std::string> arguments{"redo", "pipeline.yaml", "--changed"};
        if (!task.empty())
            arguments.insert(arguments.end(), {"--task", task});
        auto done = smelt(arguments);
        INFO(done.err);
        REQUIRE(done.status == 0);
        return done;
    }
    void check_graph() {
        const auto deep = smelt({"doctor", "--deep"});
        INFO(deep.out);
        CHECK_THAT(deep.out, !SMELT_CONTAINS("FAIL"));
        CHECK(sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
        CHECK(counters()["duplicates"].dump() == "{}");
        CHECK(counters()["requests_billed"].dump() == sql("SELECT count(*) FROM smelt.attempt"));
    }
};

} // namespace

TEST_CASE("a task that is added to a finished one obeys its condition") {
    graph_fixture f{20, classify()};
    f.run_to_end();
    f.write_pipeline(classify() + extract());
    f.run_to_end();
    CHECK(f.status("extract", "total, extracted, skipped") == "20 10 10");
    CHECK(f.attempts("extract") == "10");
    CHECK(f.sql("SELECT string_agg(DISTINCT output->>'topic', ' ') FROM smelt.results WHERE task = 'extract'") ==
          "even");
    f.check_graph();
}

TEST_CASE("items of a task that needs another are there from the load on") {
    graph_fixture f{6, classify() + extract("true")};
    CHECK(f.smelt({"run"}).status == 0);
    CHECK(f.status("extract", "total, waiting, pending, skipped") == "6 6 0 0");
    CHECK(f.sql("SELECT DISTINCT waits_for FROM smelt.items WHERE task = 'extract'") == "classify, which is submitted");
    const auto shown = f.smelt({"status"});
    CHECK_THAT(shown.out, SMELT_CONTAINS("6 items wait for other tasks"));
    f.run_to_end();
    CHECK(f.status("extract", "total, waiting, extracted") == "6 0 6");
    f.check_graph();
}

TEST_CASE("a changed record sends its dependent once, after the new answer") {
    graph_fixture f{6, classify() + extract("true")};
    f.run_to_end();
    f.write(6, 0, " anew");
    REQUIRE(f.smelt({"load", "pipeline.yaml", "--accept-changes"}).status == 0);
    CHECK(f.status("classify", "pending") == "6");
    CHECK(f.status("extract", "waiting, pending") == "6 0");
    f.run_to_end();
    CHECK(f.attempts("classify") == "12");
    CHECK(f.attempts("extract") == "12");
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE superseded") == "0");
    f.check_graph();
}

TEST_CASE("redo of a task and what needs it asks each once") {
    graph_fixture f{6, classify() + extract("true")};
    f.run_to_end();
    auto changed = classify("later") + extract("true");
    changed.replace(changed.find("Title: {{title}}\\nTopic: {{tasks"), 6, "About:");
    f.write_pipeline(changed);
    f.redo();
    f.run_to_end();
    CHECK(f.attempts("classify") == "12");
    CHECK(f.attempts("extract") == "12");
    CHECK(f.status("extract", "extracted, waiting, pending") == "6 0 0");
    f.check_graph();
}

TEST_CASE("a need that fails leaves its dependents waiting, and retry lets them go on") {
    graph_fixture f{4, classify() + extract("true")};
    f.fault(R"({"refuse_lines":1})");
    CHECK(f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "60s"}).status == 0);
    CHECK(f.status("classify", "extracted, failed") == "3 1");
    CHECK(f.status("extract", "extracted, waiting, pending") == "3 1 0");
    CHECK(f.sql("SELECT waits_for FROM smelt.items WHERE status = 'waiting'") == "classify, which failed");
    f.check_graph();
    CHECK(f.smelt({"retry", "notes"}).status == 0);
    f.run_to_end();
    CHECK(f.status("extract", "extracted, waiting") == "4 0");
    f.check_graph();
}

TEST_CASE("a need that fails when it is asked again leaves the former result superseded") {
    graph_fixture f{4, classify() + extract("true")};
    f.run_to_end();
    f.write_pipeline(classify("later") + extract("true"));
    f.redo("classify");
    CHECK(f.status("extract", "waiting, extracted") == "4 0");
    f.fault(R"({"refuse_lines":4})");
    CHECK(f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "60s"}).status == 0);
    CHECK(f.status("extract", "waiting, extracted") == "4 0");
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE task = 'extract' AND superseded") == "4");
    CHECK(f.attempts("extract") == "4");
    f.check_graph();
}

TEST_CASE("redo of a task asks again only what was made from an answer that has changed") {
    graph_fixture f{1000, classify() + extract("true")};
    f.write(1000, 10);
    f.run_to_end();
    f.write_pipeline(classify("later") + extract("true"));
    f.redo("classify");
    CHECK(f.status("extract", "waiting, extracted") == "1000 0");
    f.run_to_end();
    CHECK(f.attempts("classify") == "2000");
    CHECK(f.attempts("extract") == "1010");
    CHECK(f.status("extract", "extracted") == "1000");
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE superseded") == "0");
    CHECK(f.sql("SELECT output->>'topic' FROM smelt.results WHERE task = 'extract' AND key = 'r1'") == "even");
    f.check_graph();
}

TEST_CASE("redo and retry of chosen records say what depends on them") {
    graph_fixture f{6, classify() + extract("true")};
    f.run_to_end();
    f.files().write("keys.txt", "r2\r\nr4\n\n");
    const auto done = f.smelt({"redo", "notes", "--task", "classify", "--keys", "keys.txt"});
    CHECK(done.status == 0);
    CHECK_THAT(done.out,
               SMELT_CONTAINS("2 items are pending again") && SMELT_CONTAINS("Up to 2 items of tasks that need them"));
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.items WHERE status = 'pending'") == "r2 r4");
    f.run_to_end();
    CHECK(f.attempts("classify") == "8");
    CHECK(f.attempts("extract") == "6"); // the answers were the same
    CHECK_THAT(f.smelt({"redo", "notes", "--all"}).out, SMELT_CONTAINS("12 items are pending again"));
    f.run_to_end();
    CHECK(f.attempts("extract") == "12");
    const auto unknown = f.smelt({"redo", "notes", "--key", "r99"});
    CHECK(unknown.status == 1);
    CHECK_THAT(unknown.err, SMELT_CONTAINS("has no record with the key r99; nothing was changed"));
    CHECK(f.smelt({"redo", "notes"}).status == 1);
    CHECK(f.smelt({"redo", "notes", "--all", "--changed"}).status == 1);
    CHECK_THAT(f.smelt({"retry", "notes", "--keys", "nofile.txt"}).err,
               SMELT_CONTAINS("cannot read the keys in nofile.txt"));
    CHECK_THAT(f.smelt({"retry", "notes", "--keys", "-"}).err, SMELT_CONTAINS("standard input holds no key"));
    CHECK_THAT(f.smelt({"retry", "notes", "--keys", "keys.txt"}).out, SMELT_CONTAINS("Nothing to retry"));
    f.check_graph();
}

TEST_CASE("a condition that turns false while the answer is on its way ends skipped") {
    graph_fixture f{8, classify() + extract(), {"--latency", "1s", "--invalid-rate", "0"}};
    f.write(8, 8);
    do
        REQUIRE(f.smelt({"run"}).status == 0);
    while (f.status("extract", "submitted") != "4");
    f.write_pipeline(classify("later") + extract());
    f.redo("classify");
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.items WHERE task = 'extract' AND status = "
                "'extracted'") == "r1 r3 r5 r7");
    CHECK(f.status("extract", "skipped") == "4");
    CHECK(f.attempts("extract") == "8");
    f.check_graph();
}

TEST_CASE("a condition without needs is looked at before anything is sent") {
    auto alone = classify();
    alone.replace(alone.find("    model:"), 0, "    when: \"fields->>'topic' = 'even'\"\n");
    graph_fixture f{10, alone};
    f.run_to_end();
    CHECK(f.status("classify", "total, extracted, skipped") == "10 5 5");
    CHECK(f.counters()["requests_billed"] == 5);
    // A later load is no first one.
    f.write(14);
    f.run_to_end();
    CHECK(f.status("classify", "total, extracted, skipped") == "14 7 7");
    CHECK(f.counters()["requests_billed"] == 7);
    f.check_graph();
}

TEST_CASE("an edited condition is looked at again for what is not finished") {
    graph_fixture f{8, classify() + extract()};
    f.run_to_end();
    CHECK(f.status("extract", "extracted, skipped") == "4 4");
    f.write_pipeline(classify() + extract("tasks->'classify'->>'topic' = 'odd'"));
    const auto run = f.smelt({"run", "--wait", "--poll", "100ms"});
    CHECK_THAT(run.out + run.err, SMELT_CONTAINS("needs or when of task extract have changed"));
    CHECK(f.status("extract", "extracted, skipped") == "8 0"); // what was finished stays
    CHECK(f.attempts("extract") == "8");
    f.write_pipeline(classify() + extract("1 / length(tasks->'classify'->>'none') > 0"));
    CHECK(f.smelt({"run"}).status == 1);
    f.write_pipeline(classify() + extract());
    f.check_graph();
}

TEST_CASE("a condition that raises an error skips the item and says why") {
    graph_fixture f{4, classify() + extract("1 / (length(tasks->'classify'->>'topic') - 3) > 0")};
    f.run_to_end();
    CHECK(f.status("extract", "extracted, skipped") == "2 2");
    CHECK(f.sql("SELECT DISTINCT skip_reason FROM smelt.items WHERE skip_reason IS NOT NULL") ==
          "when: division by zero");
    f.check_graph();
}

TEST_CASE("results that were made from a superseded answer are superseded") {
    graph_fixture f{4, classify() + extract("true")};
    f.run_to_end();
    f.write_pipeline(classify("later") + extract("true"));
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE superseded") == "8");
    CHECK(f.counters()["requests_billed"] == 8);
}

TEST_CASE("a task that another run adds meanwhile gets its items") {
    graph_fixture f{6, classify(), {"--latency", "500ms", "--invalid-rate", "0"}};
    auto c = f.smelt_command({"run", "--wait", "--poll", "100ms"});
    c.environment["SMELT_FAILPOINTS"] = "apply.before_commit=delay:1s";
    process older{c};
    f.wait_until("SELECT count(*) > 0 FROM smelt.batch WHERE state = 3");
    f.write_pipeline(classify() + extract("true"));
    CHECK(f.smelt({"run"}).status == 0);
    CHECK(older.wait().status == 0);
    f.run_to_end();
    CHECK(f.status("extract", "total, extracted") == "6 6");
    f.check_graph();
}

TEST_CASE("a field with the name of a needed task stays the record's") {
    auto both = extract("true");
    both.replace(both.find("Title: {{title}}"), 16, "Title: {{classify}}");
    graph_fixture f{3, classify() + both};
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(output->>'title', ', ' ORDER BY key) FROM smelt.results WHERE task = 'extract'") ==
          "own 1, own 2, own 3");
    f.files().write("records.csv", "id,title,topic,tasks\nx1,T,even,mine\n");
    const auto refused = f.smelt({"run"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("has a field called tasks") && SMELT_CONTAINS("nothing was loaded"));
}

TEST_CASE("a task can need several others, and what needs it in turn follows") {
    const std::string tasks = classify() + R"(
  grade:
    model: gpt-5-nano
    user: "Title: {{title}}"
    output: {type: object, required: [title], properties: {title: {type: string}}}
  merge:
    needs: [classify, grade]
    when: "tasks->'grade' IS NOT NULL AND tasks->'classify'->>'topic' <> 'odd'"
    model: gpt-5-mini
    user: "Title: {{tasks.grade.title}}\nTopic: {{tasks.classify.topic}}"
    output: {type: object, required: [title, topic], properties: {title: {type: string}, topic: {type: string}}}
  sum:
    needs: merge
    model: gpt-5-mini
    user: "Topic: {{tasks.merge.topic}}"
    output: {type: object, required: [topic], properties: {topic: {type: string}}}
)";
    graph_fixture f{10, tasks};
    f.run_to_end();
    CHECK(f.status("merge", "extracted, skipped, waiting") == "5 5 0");
    CHECK(f.status("sum", "extracted, skipped, waiting") == "5 5 0");
    CHECK(f.sql("SELECT DISTINCT skip_reason FROM smelt.items WHERE task = 'sum' AND status = 'skipped'") ==
          "needs merge, which was skipped");
    f.check_graph();
    // An answer that comes out equal costs nothing further down.
    auto again = tasks;
    again.replace(again.find("Title: {{tasks.grade.title}}"), 6, "About: x\\nTitle:");
    f.write_pipeline(again);
    f.redo("merge");
    CHECK(f.status("sum", "waiting") == "5");
    f.run_to_end();
    CHECK(f.attempts("merge") == "10");
    CHECK(f.attempts("sum") == "5");
    CHECK(f.status("sum", "extracted, waiting") == "5 0");
    f.check_graph();
}

TEST_CASE("an answer that is a text or a number alone can be needed whole") {
    const std::string tasks = R"(
  rate:
    model: gpt-5-nano
    user: "Rate {{title}}"
    answer: {one_of: [good, bad]}
    retry: {attempts: 1}
  describe:
    model: gpt-5-nano
    user: "Describe {{title}}"
  judge:
    needs: [describe, rate]
    when: "tasks->>'rate' = 'good' AND length(tasks->>'describe') > 3"
    model: gpt-5-mini
    user: "Topic: {{tasks.rate}}\nTitle: {{title}} {{tasks.describe}}"
    output: {type: object, required: [topic], properties: {topic: {type: string}}}
)";
    temp_folder recorded;
    const auto file = recorded.write("recorded.jsonl",
                                     "{\"match\": \"Rate Note 1\", \"answer\": \"Good\"}\n{\"match\": \"Rate Note 2\", "
                                     "\"answer\": \"bad\"}\n{\"match\": \"Rate Note 3\", \"answer\": \"so-so\"}\n");
    graph_fixture f{3, tasks, {"--latency", "50ms", "--invalid-rate", "0", "--replay", file.string()}};
    f.smelt({"run", "--wait", "--poll", "50ms", "--timeout", "60s"});
    CHECK(f.sql("SELECT string_agg(key || ' ' || status || coalesce(' ' || waits_for, ''), ', ' ORDER BY key) FROM "
                "smelt.items WHERE task = 'judge'") ==
          "r1 extracted, r2 skipped, r3 waiting rate, which failed validation");
    CHECK(f.sql("SELECT output->>'topic' FROM smelt.results WHERE task = 'judge'") == "good");
    f.check_graph();
}

TEST_CASE("one record's story is told over all its tasks") {
    graph_fixture f{2, classify() + extract()};
    f.run_to_end();
    const auto shown = f.smelt({"show", "notes", "r2"});
    CHECK(shown.status == 0);
    CHECK_THAT(shown.out, SMELT_CONTAINS("records.csv:3, last changed") && SMELT_CONTAINS("    title: Note 2\n") &&
                              SMELT_CONTAINS("  classify: extracted, result of batch 1\n") &&
                              SMELT_CONTAINS("  extract: extracted, result of batch 2\n"));
    const auto first = shown.out.find("classify: accepted"), second = shown.out.find("extract: accepted");
    CHECK(first < second);
    CHECK_THAT(shown.out.substr(second),
               SMELT_CONTAINS("  user> Title: Note 2\n  user> Topic: even\n")); // with the answer that it needed
    CHECK_THAT(f.smelt({"show", "notes", "r1"}).out, SMELT_CONTAINS("  extract: skipped: when\n"));
    const auto document = json::parse(f.smelt({"show", "notes", "r1", "--json"}).out);
    CHECK(document["items"][1]["skip_reason"] == "when");
    CHECK(document["fields"]["title"] == "Note 1");
    CHECK(document["history"].size() == 1);
    CHECK(f.smelt({"show", "notes", "nobody"}).status == 1);
}

TEST_CASE("a run that knows other needs than the database sends no more of that task") {
    const auto tasks = [](const std::string &needs) {
        return classify() + R"(
  grade:
    model: gpt-5-nano
    user: "Title: {{title}}"
    output: {type: object, required: [title], properties: {title: {type: string}}}
  merge:
    needs: [)" +
               needs +
               R"(]
    model: gpt-5-mini
    user: "Topic: {{topic}}"
    output: {type: object, required: [topic], properties: {topic: {type: string}}}
)";
    };
    graph_fixture f{3, tasks("classify, grade"), {"--latency", "600ms", "--invalid-rate", "0"}};
    process older{f.smelt_command({"run", "--wait", "--poll", "100ms", "--timeout", "8s"})};
    f.wait_until("SELECT count(*) > 0 FROM smelt.batch");
    f.write_pipeline(tasks("classify"));
    REQUIRE(f.smelt({"load", "pipeline.yaml"}).status == 0);
    const auto done = older.wait();
    CHECK_THAT(done.out + done.err, SMELT_CONTAINS("the needs of task merge have been changed since this run began"));
    f.run_to_end();
    CHECK(f.status("merge", "extracted") == "3");
    CHECK(std::stoi(f.attempts("merge")) <= 6);
    f.check_graph();
}

TEST_CASE("a template that names all answers notices those that are needed later") {
    const auto tasks = [](const std::string &needs, const std::string &field) {
        return classify() + R"(
  other:
    model: gpt-5-nano
    user: "Topic: {{)" +
               field +
               R"(}}"
    output: {type: object, required: [topic], properties: {topic: {type: string}}}
  merge:
    needs: [)" +
               needs +
               R"(]
    model: gpt-5-mini
    user: "Title: {{title}} {{tasks}}"
    output: {type: object, required: [title], properties: {title: {type: string}}}
)";
    };
    graph_fixture f{2, tasks("classify", "topic")};
    f.run_to_end();
    f.write_pipeline(tasks("classify, other", "topic"));
    f.write(3, 3);
    f.run_to_end();
    CHECK(f.attempts("merge") == "3");
    f.write_pipeline(tasks("classify, other", "later"));
    f.redo("other");
    f.run_to_end();
    CHECK(f.attempts("merge") == "4"); // r3 alone was made from an answer of other
    f.check_graph();
}

TEST_CASE("what is asked again is what can change") {
    graph_fixture f{2, classify() + extract("true")};
    f.run_to_end();
    // A column cannot pass for an answer.
    f.files().write("records.csv", "id,title,topic,later,classify,tasks.classify.topic\nr1,Note "
                                   "1,odd,odd,own,FAKE\nr2,Note 2,even,even,own,FAKE\n");
    REQUIRE(f.smelt({"load", "pipeline.yaml", "--accept-changes"}).status == 0);
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(output->>'topic', ' ' ORDER BY key) FROM smelt.results WHERE task = 'extract'") ==
          "odd even");
    const auto before = f.attempts("extract");
    // Needs that go while an item waits for them leave it what it has.
    CHECK(f.smelt({"redo", "notes", "--task", "classify", "--key", "r1"}).status == 0);
    auto alone = extract("true");
    for (const auto &[from, to] : {std::pair<std::string, std::string>{"    needs: classify\n    when: \"true\"\n", ""},
                                   {"{{tasks.classify.topic}}", "{{topic}}"}})
        alone.replace(alone.find(from), from.size(), to);
    f.write_pipeline(classify() + alone);
    f.run_to_end();
    CHECK(f.attempts("extract") == before);
    // A task that is not in the file any more is not asked.
    f.write_pipeline(classify());
    f.run_to_end();
    CHECK_THAT(f.smelt({"redo", "notes", "--all"}).out, SMELT_CONTAINS("2 items are pending again"));
    f.run_to_end();
    f.check_graph();
}

TEST_CASE("an item that could not be rendered is tried again when the answer that it needs is another one") {
    const std::string tasks = R"(
  hint:
    model: gpt-5-nano
    user: "Hint for {{title}}"
    output: {type: object, required: [hint], properties: {hint: {type: [string, "null"]}}}
  use:
    needs: hint
    model: gpt-5-mini
    user: "Title: {{title}} {{tasks.hint.hint}}"
    output: {type: object, required: [title], properties: {title: {type: string}}}
)";
    temp_folder recorded;
    const auto file =
        recorded.write("recorded.jsonl", R"({"match": "Hint for Note 1", "try": 1, "answer": {"hint": null}}
{"match": "Hint for Note 1", "try": 2, "answer": {"hint": "x"}}
)");
    graph_fixture f{1, tasks, {"--latency", "50ms", "--invalid-rate", "0", "--replay", file.string()}};
    f.smelt({"run", "--wait", "--poll", "50ms", "--timeout", "60s"});
    CHECK(f.sql("SELECT cause FROM smelt.failures") == "render");
    CHECK(f.smelt({"redo", "notes", "--task", "hint", "--all"}).status == 0);
    f.run_to_end();
    CHECK(f.status("use", "extracted, failed") == "1 0");
}

TEST_CASE("needs that cannot be are refused where they are written") {
    graph_fixture f{2, classify() + extract("true")};
    const auto refusal = [&](const std::string &tasks) {
        f.write_pipeline(tasks);
        const auto done = f.smelt({"run"});
        CHECK(done.status == 1);
        return done.err;
    };
    auto other = extract("true");
    other.replace(other.find("{{tasks.classify.topic}}"), 24, "{{tasks.grade.topic}}");
    CHECK_THAT(refusal(classify() + other),
               SMELT_CONTAINS("{{tasks.grade}}, the answer of a task that it does not need"));
    other = extract("true");
    other.replace(other.find("{{tasks.classify.topic}}"), 24, "{{tasks.classify.tpoic}}");
    CHECK_THAT(refusal(classify() + other), SMELT_CONTAINS("no property \"tpoic\"") && SMELT_CONTAINS("topic"));
    CHECK_THAT(refusal(classify() + extract("tasks->'classfy'->>'topic' = 'x'")),
               SMELT_CONTAINS("which this task does not need"));
    CHECK_THAT(refusal(classify() + extract("output->>'topic' = 'x'")), SMELT_CONTAINS("sees `fields` and `tasks`"));
    CHECK(f.counters()["requests_received"] == 0);
}

TEST_CASE("a run over a graph that ends anywhere costs nothing twice") {
    const auto *const name = GENERATE("load.before_commit", "due.before_commit", "due.after_commit",
                                      "build.after_render", "build.before_commit", "build.after_commit",
                                      "apply.before_items", "apply.before_commit", "apply.after_commit");
    const auto *const how = GENERATE("kill@1", "kill@2", "error@3");
    INFO(name << "=" << how);
    graph_fixture f{8, classify() + extract()};
    f.write(8, 3);
    f.run_to_end();
    // The record r8 changes, and the answers for r1 to r3 do.
    f.write(8, 3);
    f.files().write("records.csv", f.files().read("records.csv") + "r9,Note 9,even,even,own 9\n");
    f.write_pipeline(classify("later") + extract());
    f.redo("classify");
    auto c = f.smelt_command({"run", "--wait", "--poll", "50ms", "--timeout", "30s"});
    c.environment["SMELT_FAILPOINTS"] = std::string{name} + "=" + how;
    run(c);
    f.run_to_end();
    CHECK(f.status("extract", "extracted, skipped, waiting, pending") == "6 3 0 0");
    CHECK(f.attempts("classify") == "17");
    CHECK(f.attempts("extract") == "7");
    f.check_graph();
}

TEST_CASE("four runs over a graph, killed at random, end complete and send nothing twice") {
    const std::string tasks = classify() + extract("true") + R"(
  merge:
    needs: [classify, extract]
    model: gpt-5-mini
    user: "Title: {{tasks.extract.title}}\nTopic: {{tasks.classify.topic}}"
    output: {type: object, required: [title], properties: {title: {type: string}}}
    retry: {attempts: 50, deliveries: 50, backoff: 1ms}
)";
    graph_fixture f{300, tasks, {"--latency", "150ms", "--invalid-rate", "0.1"}};
    f.add_section("limits: {requests_per_batch: 30, open_batches: 20}");
    std::mt19937 random{20261129};
    std::array<std::unique_ptr<process>, 4> runs;
    const auto end = std::chrono::steady_clock::now() + 12s;
    while (std::chrono::steady_clock::now() < end) {
        for (auto &run : runs)
            if (!run || !run->is_running())
                run = std::make_unique<process>(f.smelt_command({"run", "--wait", "--poll", "100ms"}));
        std::this_thread::sleep_for(std::chrono::milliseconds{random() % 300});
        auto &victim = runs[random() % 4];
        if (victim) {
            victim->send(SIGKILL);
            const auto done = victim->wait();
            CHECK_THAT(done.err, !SMELT_CONTAINS("deadlock"));
            victim.reset();
        }
    }
    for (auto &run : runs)
        if (run) {
            run->send(SIGKILL);
            run->wait();
        }
    f.run_to_end();
    for (const auto *task : {"classify", "extract", "merge"})
        CHECK(f.status(task, "extracted + failed_validation + failed, waiting, pending") == "300 0 0");
    CHECK(f.sql("SELECT pg_stat_get_db_deadlocks(oid) FROM pg_database WHERE datname = current_database()") == "0");
    f.check_graph();
}
