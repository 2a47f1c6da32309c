// What becomes of dependents when records, answers, tasks and runs change or end under them.

#include "graph_fixture.hpp"

#include <array>
#include <csignal>
#include <memory>
#include <random>
#include <thread>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;

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
    CHECK_THAT(
        done.out,
        SMELT_CONTAINS("2 items are to be sent again, and up to 2 that depend on them.\n2 items are pending again"));
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

TEST_CASE("redo, retry and export choose by an expression") {
    graph_fixture f{6, classify() + extract("true")};
    f.run_to_end();
    const auto done = f.smelt({"redo", "notes", "--task", "extract", "--where",
                               "output->>'topic' = 'even' and fields->>'id' <> 'r2' and score > 0.5"});
    INFO(done.out << done.err);
    CHECK(done.status == 0);
    CHECK_THAT(done.out, SMELT_CONTAINS("2 items are pending again"));
    CHECK(f.status("extract", "extracted, waiting + pending") == "4 2");
    const auto rows = f.smelt({"export", "notes", "--format", "jsonl", "--task", "classify", "--where",
                               "status = 'extracted' and key in ('r1', 'r2', 'r99')"});
    CHECK(std::ranges::count(rows.out, '\n') == 2);
    CHECK(std::ranges::count(f.smelt({"export", "notes", "--format", "jsonl", "--key", "r3"}).out, '\n') == 1);
    CHECK_THAT(f.smelt({"retry", "notes", "--where", "fields->>'id' ="}).err,
               SMELT_CONTAINS("--where") && SMELT_CONTAINS("does not accept it"));
    CHECK_THAT(f.smelt({"retry", "notes", "--where", "true) OR (pg_sleep(1) IS NULL"}).status == 0 ? "" : "refused",
               SMELT_CONTAINS("refused"));
    CHECK_THAT(f.smelt({"redo", "notes", "--where", "(output->>'topic')::int > 3"}).err, SMELT_CONTAINS("--where"));
    CHECK_THAT(f.smelt({"export", "notes", "--format", "csv", "--key", "none"}).err, SMELT_CONTAINS("no record"));
    for (const char *option : {"--where", "--key", "--keys"})
        CHECK(f.smelt({"retry", "notes", option, ""}).status == 1);
    f.check_graph();
}

TEST_CASE("redo --skipped looks again at what filters and conditions have skipped") {
    graph_fixture f{4, classify() + extract("current_setting('smelt.test_topic', true) = 'yes'")};
    f.add_section(
        "prefilter: [{name: hidden, skip_if: \"fields->>'id' = current_setting('smelt.test_hidden', true)\"}]");
    const auto database = f.sql("SELECT current_database()");
    f.execute("ALTER DATABASE " + database + " SET smelt.test_hidden = 'r1'");
    f.run_to_end();
    CHECK(f.status("classify", "extracted, skipped") == "3 1");
    CHECK(f.status("extract", "extracted, skipped") == "0 4");
    f.execute("ALTER DATABASE " + database + " RESET smelt.test_hidden");
    f.execute("ALTER DATABASE " + database + " SET smelt.test_topic = 'yes'");
    const auto again = f.smelt({"redo", "notes", "--skipped"});
    INFO(again.out << again.err);
    CHECK(again.status == 0);
    CHECK_THAT(again.out, SMELT_CONTAINS("5 items are not skipped any more"));
    f.run_to_end();
    CHECK(f.status("classify", "extracted, skipped") == "4 0");
    CHECK(f.status("extract", "extracted, skipped") == "4 0");
    CHECK_THAT(f.smelt({"redo", "notes", "--skipped"}).out, SMELT_CONTAINS("Nothing that was skipped"));
    CHECK(f.smelt({"redo", "notes", "--skipped", "--all"}).status == 1);
}
