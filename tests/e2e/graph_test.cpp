// What tasks that need the answers of other tasks wait for, and what they are sent.

#include "graph_fixture.hpp"

using namespace smelt;
using namespace smelt::test;

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

TEST_CASE("a need that fails leaves its dependents waiting, and retry lets them go on") {
    graph_fixture f{4, classify() + extract("true")};
    f.fault(R"({"refuse_lines":1})");
    CHECK(f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "60s"}).status == 0);
    CHECK(f.status("classify", "extracted, failed") == "3 1");
    CHECK(f.status("extract", "extracted, waiting, pending") == "3 1 0");
    CHECK(f.sql("SELECT waits_for FROM smelt.items WHERE status = 'waiting'") == "classify, which failed");
    f.check_graph();
    CHECK(f.smelt({"retry", "notes"}).out == "1 item is to be sent again, and up to 1 that depends on it.\n"
                                             "1 item is pending again; the next smelt run sends it.\n");
    f.run_to_end();
    CHECK(f.status("extract", "extracted, waiting") == "4 0");
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

TEST_CASE("a condition that raises an error skips the item and says why") {
    graph_fixture f{4, classify() + extract("1 / (length(tasks->'classify'->>'topic') - 3) > 0")};
    f.run_to_end();
    CHECK(f.status("extract", "extracted, skipped") == "2 2");
    CHECK(f.sql("SELECT DISTINCT skip_reason FROM smelt.items WHERE skip_reason IS NOT NULL") ==
          "when: division by zero");
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
