#pragma once

#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

/// Pipelines whose tasks need one another. The simulator answers a property `topic` with what follows "Topic:" in the
/// prompt.
namespace smelt::test {

inline std::string classify(const std::string &field = "topic") {
    return R"(
  classify:
    model: gpt-5-nano
    user: "Topic: {{)" +
           field + R"(}}\nTitle: {{title}}"
    output: {type: object, required: [topic], properties: {topic: {type: string}}}
    retry: {backoff: 50ms}
)";
}

inline std::string extract(const std::string &when = "tasks->'classify'->>'topic' = 'even'") {
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

} // namespace smelt::test
