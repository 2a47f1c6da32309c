#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <memory>
#include <vector>

using namespace smelt;
using namespace smelt::test;

TEST_CASE("eight runs over one pipeline send each item once and are not in each other's way") {
    pipeline_fixture f{{.records = 800,
                        .simulator = {"--latency", "200ms", "--invalid-rate", "0.2"},
                        .extra = "limits: {requests_per_batch: 25}"}};
    std::vector<std::unique_ptr<process>> runs;
    runs.reserve(8);
    for (int i = 0; i < 8; ++i)
        runs.push_back(std::make_unique<process>(f.smelt_command({"run", "--wait", "--poll", "100ms"})));
    for (auto &run : runs) {
        const auto done = run->wait();
        INFO(done.err);
        CHECK(done.status == 0);
        CHECK_THAT(done.err, !SMELT_CONTAINS("deadlock"));
    }
    f.check_promises();
    f.check_all_done(800);
    const auto counters = f.counters();
    CHECK(counters["duplicates"].empty());
    CHECK(counters["requests_billed"].dump() == f.sql("SELECT count(*) FROM smelt.attempt"));
    CHECK(f.sql("SELECT count(*) FROM smelt.runner") == "8");
}
