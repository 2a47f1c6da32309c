#include "catch.hpp"
#include "pipeline_fixture.hpp"

using namespace smelt;
using namespace smelt::test;

namespace {

pipeline_fixture::options of(const std::string &name, int records) {
    pipeline_fixture::options o;
    o.records = records;
    o.name = name;
    o.simulator = {"--latency", "200ms", "--invalid-rate", "0.2"};
    o.extra = "limits: {requests_per_batch: 25}";
    if (name == "anthropic") {
        std::string task = pipeline_fixture::default_task;
        o.task = task + "    params: {max_tokens: 300}\n";
    }
    return o;
}

} // namespace

TEST_CASE("every service is served from the first row to the last") {
    const auto name = GENERATE(as<std::string>{}, "azure", "together", "mistral", "anthropic", "gemini");
    INFO(name);
    pipeline_fixture f{of(name, 80)};
    f.run_to_end();
    f.check_all_done(80);
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE status = 'extracted'") == "80");
    CHECK(f.sql("SELECT sum(\"foreign\" + duplicate) FROM smelt.ledger") == "0");
    CHECK(f.smelt({"run"}).status == 0);
}

TEST_CASE("a batch whose creation had no answer is found, by whatever the service shows, and not made again") {
    const auto name = GENERATE(as<std::string>{}, "together", "mistral", "anthropic", "gemini");
    INFO(name);
    pipeline_fixture f{of(name, 20)};
    f.fault(R"({"on":"create","drop_after":true})");
    f.run_to_end();
    f.check_all_done(20);
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE status = 'extracted'") == "20");
    CHECK(f.sql("SELECT count(*) FROM smelt.batches WHERE state = 'abandoned'") == "0");
}

TEST_CASE("a lost batch is found by the service's clock, however far this machine's is off") {
    const auto name = GENERATE(as<std::string>{}, "openai", "mistral", "anthropic", "gemini");
    const auto clock = GENERATE(as<std::string>{}, "--clock=20m", "--clock=-20m");
    INFO(name << ' ' << clock);
    auto options = of(name, 10);
    options.simulator.push_back(clock);
    pipeline_fixture f{options};
    f.fault(R"({"on":"create","drop_after":true})");
    REQUIRE(f.smelt({"run"}).status == 0);
    f.execute("UPDATE smelt.batch SET send_until = now() - interval '1 minute'");
    f.run_to_end();
    f.check_all_done(10);
    CHECK(f.sql("SELECT count(*) FROM smelt.batches WHERE state = 'abandoned'") == "0");
}

TEST_CASE("a batch that was never made is sent again once") {
    const auto name = GENERATE(as<std::string>{}, "together", "mistral", "anthropic", "gemini");
    INFO(name);
    pipeline_fixture f{of(name, 20)};
    f.fault(R"({"on":"create","drop_before":true})");
    f.run_to_end();
    f.check_all_done(20);
    CHECK(f.sql("SELECT count(*) FROM smelt.batches WHERE state = 'abandoned'") == "1");
}

TEST_CASE("of a batch that expires what has no answer is sent again") {
    const auto name = GENERATE(as<std::string>{}, "together", "mistral", "anthropic", "gemini");
    INFO(name);
    pipeline_fixture f{of(name, 20)};
    f.fault(R"({"expire_after_fraction":0.5})");
    f.run_to_end();
    f.check_all_done(20);
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE status = 'extracted'") == "20");
}

TEST_CASE("a batch that is not there for a while is found again") {
    const auto name = GENERATE(as<std::string>{}, "mistral", "anthropic", "gemini");
    INFO(name);
    pipeline_fixture f{of(name, 20)};
    f.fault(R"({"get_lag":1})");
    f.run_to_end();
    f.check_all_done(20);
    CHECK(f.sql("SELECT count(*) FROM smelt.batches WHERE state = 'abandoned'") == "0");
}

TEST_CASE("what another key is shown says nothing about a lost batch") {
    const auto name = GENERATE(as<std::string>{}, "openai", "anthropic");
    INFO(name);
    pipeline_fixture f{of(name, 20)};
    f.fault(R"({"on":"create","drop_before":true})");
    REQUIRE(f.smelt({"run"}).status == 0);
    f.execute("UPDATE smelt.batch SET key_fingerprint = 'of another key', send_until = now() - interval '1 hour'");
    const auto waits = f.smelt({"run"});
    CHECK_THAT(waits.err, SMELT_CONTAINS("another API key"));
    CHECK(f.sql("SELECT string_agg(state, ',') FROM smelt.batches") == "unknown");
    CHECK(f.smelt({"adopt", f.sql("SELECT id FROM smelt.batches"), "--absent"}).status == 0);
    f.run_to_end();
    f.check_all_done(20);
}

TEST_CASE("a job that cannot be told from a lost batch keeps it from being sent again") {
    pipeline_fixture f{of("anthropic", 20)};
    f.fault(R"({"on":"create","drop_after":true})");
    REQUIRE(f.smelt({"run"}).status == 0);
    f.execute("UPDATE smelt.batch SET send_until = now() - interval '30 seconds'");
    f.fault(R"({"on":"content","status":404})");
    const auto waits = f.smelt({"run"});
    CHECK_THAT(waits.err, SMELT_CONTAINS("cannot be read"));
    CHECK(f.sql("SELECT string_agg(state, ',') FROM smelt.batches") == "unknown");
    f.run_to_end();
    f.check_all_done(20);
    CHECK(f.sql("SELECT count(*) FROM smelt.batches WHERE state = 'abandoned'") == "0");
}

TEST_CASE("a service without an address of its own asks for one") {
    pipeline_fixture f{{.records = 1}};
    f.files().write("azure.yaml", "pipeline: a\nsource: {csv: records.csv, key: id}\n"
                                  "provider: {name: azure, api_key: {env: TEST_KEY}}\n"
                                  "tasks: {t: {model: m, user: '{{title}}'}}\n");
    const auto done = f.smelt({"run", "azure.yaml"});
    CHECK(done.status == 1);
    CHECK_THAT(done.err, SMELT_CONTAINS("provider azure has no address of its own"));
    CHECK_THAT(done.err, SMELT_CONTAINS("base_url: https://RESOURCE.openai.azure.com/openai/v1"));
}
