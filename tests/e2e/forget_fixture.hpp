#pragma once

#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

/// A pipeline with the records of several people, of whom one is to be forgotten.
namespace smelt::test {

/// Stands in a record, so the simulator's answers to it hold it, too.
inline const std::string marker = "Xyzzy Plugh";

inline const std::string echo_task =
    "\n  extract:\n    model: gpt-5-mini\n    user: \"Title: {{title}}\"\n    output: {type: "
    "object, required: [title], properties: {title: {type: string}}}\n    keep_raw: all\n    "
    "retry: {attempts: 2, deliveries: 5, backoff: 20ms}\n";

/// Everything that the database holds, as pg_dump writes it.
inline std::string dump_of(const temp_database &database) {
    const auto done = run({"/usr/bin/pg_dump", {"-d", database.direct(), "--inserts"}});
    INFO(done.err);
    REQUIRE(done.status == 0);
    return done.out;
}

inline std::string files_of(const std::filesystem::path &folder) {
    std::string all;
    for (const auto &entry : std::filesystem::recursive_directory_iterator{folder})
        if (entry.is_regular_file()) {
            std::ifstream in{entry.path(), std::ios::binary};
            std::ostringstream text;
            text << in.rdbuf();
            all += text.str();
        }
    return all;
}

/// Records a to d; b is the person's.
struct person : pipeline_fixture {
    explicit person(const std::string &extra = {}, const std::string &task = echo_task,
                    const std::string &source = "{csv: records.csv, key: id}", const std::string &service = "openai",
                    std::vector<std::string> simulator = {"--latency", "100ms", "--invalid-rate", "0"},
                    const std::string &timing = options{}.timing)
        : pipeline_fixture{{.records = 1,
                            .simulator = std::move(simulator),
                            .extra = extra,
                            .task = task,
                            .source = source,
                            .name = service,
                            .timing = timing}} {
        files().write("records.csv", "id,title,mail\na,First,a@example.org\nb," + marker +
                                         ",b@example.org\nc,Third,c@example.org\nd,Fourth,d@example.org\n");
    }
    finished forget(std::vector<std::string> more = {"--key", "b"}) {
        std::vector<std::string> arguments{"forget", "notes", "--yes"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        auto done = smelt(arguments);
        INFO(done.err);
        CHECK(done.status == 0);
        return done;
    }
    /// Nothing of the person is left, in the database or beside it. raw and line are compressed, so their columns are
    /// looked at by themselves.
    void check_nothing_is_left() {
        const auto dump = dump_of(database());
        CHECK(dump.find(marker) == std::string::npos);
        CHECK(dump.find("b@example.org") == std::string::npos);
        CHECK(sql("SELECT count(*) FROM smelt.attempt WHERE emptied = 'f' AND num_nonnulls(output, raw, line, message, "
                  "findings) > 0") == "0");
        CHECK(sql("SELECT count(*) FROM smelt.attempt AS a WHERE a.emptied IS NULL AND NOT EXISTS (SELECT FROM "
                  "smelt.record AS r WHERE r.id = a.record_id)") == "0");
        std::filesystem::remove(folder() / "records.csv");
        std::filesystem::remove(folder() / "records.jsonl");
        CHECK(files_of(folder()).find(marker) == std::string::npos);
    }
    void check() {
        const auto deep = smelt({"doctor", "--deep"});
        INFO(deep.out);
        CHECK(deep.status == 0);
        CHECK(sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0 OR orphaned <> 0") == "0");
        CHECK(counters()["duplicates"].dump() == "{}");
    }
    std::string keys() { return sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.record"); }
    std::string spend() { return sql("SELECT sum(cost_usd) || ' ' || sum(input_tokens) FROM smelt.spend"); }
};

} // namespace smelt::test
