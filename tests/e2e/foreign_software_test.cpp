#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <fmt/format.h>

using namespace smelt;
using namespace smelt::test;

namespace {

constexpr const char *unspent_items = "SELECT count(*) = 12 AND bool_and(accepted_batch_id IS NOT NULL AND attempts = "
                                      "0 AND deliveries = 0) FROM smelt.item";

pipeline_fixture::options twelve(const std::string &service) {
    pipeline_fixture::options o{
        .records = 12,
        .simulator = {"--latency", "50ms", "--invalid-rate", "0"},
        .extra = "limits: {requests_per_batch: 6}",
        .timing = "{send_window: 600ms, list_grace: 1s, missing_wait: 200ms, lease: 5s, queue_full_hold: 200ms}"};
    o.name = service;
    if (service == "anthropic")
        o.task += "    params: {max_tokens: 300}\n";
    return o;
}

std::string output_of(const finished &done) {
    return done.out + done.err;
}

/// Everything that the database holds, as text.
std::string dump_of(pipeline_fixture &f) {
    command c;
    c.program = "/usr/bin/pg_dump";
    c.arguments = {"--dbname", f.database().direct()};
    const auto done = run(c);
    INFO(done.err);
    REQUIRE(done.status == 0);
    return done.out;
}

} // namespace

TEST_CASE("a job that names its files and counts late costs nothing twice, at any service") {
    const auto *service = GENERATE("openai", "azure", "together", "mistral", "anthropic", "gemini");
    const auto *rule = GENERATE(R"({"files_late":1,"count":2})", R"({"files_late":2,"counts_late":1,"count":2})");
    INFO(service << " " << rule);
    pipeline_fixture f{twelve(service)};
    f.fault(rule);
    f.run_to_end();
    f.check_all_done(12);
    CHECK(f.sql(unspent_items) == "t");
    CHECK(f.counters()["requests_billed"] == 12);
    CHECK_FALSE(f.counters()["faults_struck"].empty());
}

TEST_CASE("a job that a gateway made a second time is cancelled and told, and the batch's own job stays") {
    pipeline_fixture f{{.records = 4, .simulator = {"--latency", "2s", "--invalid-rate", "0"}}};
    REQUIRE(f.smelt({"run"}).status == 0);
    const auto batches = f.simulator().url() + "/batches";
    const auto curl = [](std::vector<std::string> arguments) {
        command c;
        c.program = "/usr/bin/curl";
        c.arguments = {"-sSf", "-H", "Authorization: Bearer test-key-1"};
        c.arguments.insert(c.arguments.end(), arguments.begin(), arguments.end());
        const auto done = run(c);
        INFO(done.err);
        REQUIRE(done.status == 0);
        return json::parse(done.out);
    };
    const auto first = curl({batches})["data"][0];
    const json again{{"input_file_id", first["input_file_id"]},
                     {"endpoint", first["endpoint"]},
                     {"completion_window", "24h"},
                     {"metadata", first["metadata"]}};
    const auto second =
        curl({"-H", "Content-Type: application/json", "-d", again.dump(), batches})["id"].get<std::string>();

    f.write_records(5, 6);
    const auto told = f.smelt({"run"});
    CHECK(told.status == 0);
    CHECK_THAT(told.out + told.err, SMELT_CONTAINS(second) && SMELT_CONTAINS("it was cancelled"));
    CHECK(curl({batches + "/" + second})["status"].get<std::string>().starts_with("cancel"));
    f.run_to_end();
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "6");
    CHECK(f.sql("SELECT count(*) FROM smelt.batch WHERE remote_id = '" + second + "'") == "0");
}

TEST_CASE("what foreign software does to calls, files and numbers costs nothing") {
    const auto *rule =
        GENERATE(R"({"error_before_lines":3,"count":2})", R"({"odd_counts":"huge","count":2})",
                 R"({"odd_counts":"giant","count":2})", R"({"odd_counts":"null","count":2})",
                 R"({"odd_usage_lines":3,"count":2})", R"({"odd_usage_lines":3,"odd_usage":"giant"})",
                 R"({"odd_usage_lines":3,"odd_usage":"missing"})", R"({"odd_usage_lines":3,"odd_usage":"cached"})",
                 R"({"empty_error_lines":2})", R"({"text_body_lines":6})", R"({"wrapped_lines":2})",
                 R"({"wrapped_lines":2,"wrapping":"fence"})", R"({"wrapped_lines":2,"wrapping":"stop"})",
                 R"({"on":"list","listing":"null","count":2})", R"({"on":"list","listing":"odd","count":2})",
                 R"({"on":"content","redirects":2,"count":4})", R"({"on":"content","gzip":"always","count":4})",
                 R"({"on":"*","gzip":"asked","count":20})", R"({"on":"content","bom":true,"count":4})",
                 R"({"on":"*","close":true,"count":20})");
    INFO(rule);
    pipeline_fixture f{twelve("openai")};
    f.fault(rule);
    f.run_to_end();
    f.check_all_done(12);
    CHECK(f.sql(unspent_items) == "t");
    CHECK(f.counters()["requests_billed"] == 12);
    CHECK(f.sql("SELECT coalesce(min(cost_picousd), 0) >= 0 FROM smelt.attempt") == "t");
    CHECK_FALSE(f.counters()["faults_struck"].empty());
}

TEST_CASE("a listing that cannot be read to its end sends nothing, and one that can goes on") {
    const auto *kind = GENERATE("endless", "repeating");
    INFO(kind);
    pipeline_fixture f{twelve("openai")};
    f.fault(fmt::format(R"({{"on":"list","listing":"{}","count":100000}})", kind));
    const auto stopped = f.smelt({"run"});
    INFO(output_of(stopped));
    CHECK(stopped.status == 2);
    CHECK(f.counters()["batches_created"] == 0);
    f.forget_faults();
    f.run_to_end();
    f.check_all_done(12);
}

TEST_CASE("a service without a listing is told by a setting, and then all is sent") {
    const int status = GENERATE(404, 405, 501);
    pipeline_fixture f{twelve("openai")};
    f.fault(fmt::format(R"({{"on":"list","status":{},"message":"no such thing","count":100000}})", status));
    const auto told = f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "30s"});
    INFO(output_of(told));
    CHECK(told.status == 4);
    CHECK_THAT(told.err, SMELT_CONTAINS("provider.quirks.list: false"));
    auto yaml = f.files().read("pipeline.yaml");
    f.files().write("pipeline.yaml", yaml.insert(yaml.find("api_key:"), "quirks: {list: false}, "));
    f.run_to_end();
    f.check_all_done(12);
}

TEST_CASE("a key that a service echoes is nowhere: not in the database, not in the log, not on the screen") {
    const auto *service = GENERATE("openai", "azure", "together", "mistral", "anthropic", "gemini");
    INFO(service);
    pipeline_fixture f{twelve(service)};
    const std::string key = "test-key-1";
    const auto echo = fmt::format("your key {} is odd: Bearer {}", key, key);
    f.fault(fmt::format(R"([{{"error_lines":2,"message":"{}"}},{{"fail_code":"odd","message":"{}"}},
        {{"on":"get","status":500,"message":"{}"}},{{"on":"content","status":403,"message":"{}"}}])",
                        echo, echo, echo, echo));
    std::string seen;
    for (int i = 0; i < 3; ++i) {
        auto c = f.smelt_command(
            {"run", "--log-level", "debug", "--log-file", "smelt.log", "--wait", "--poll", "100ms", "--timeout", "5s"});
        seen += output_of(run(c));
    }
    seen +=
        output_of(f.smelt({"failures", "notes"})) + output_of(f.smelt({"batches"})) + output_of(f.smelt({"doctor"}));
    CHECK_THAT(seen, !SMELT_CONTAINS(key));
    CHECK_THAT(f.files().read("smelt.log"), !SMELT_CONTAINS(key));
    CHECK_THAT(dump_of(f), !SMELT_CONTAINS(key));
    CHECK_THAT(seen + dump_of(f), SMELT_CONTAINS("is odd"));
}

TEST_CASE("control characters of a service do not reach the terminal, the log or the database") {
    pipeline_fixture f{twelve("openai")};
    f.fault(
        R"([{"error_lines":2,"message":"red \u001b[31m and\nnew line"},{"on":"get","status":400,"code":"x","message":"bell \u0007"}])");
    auto c = f.smelt_command({"run", "--log-file", "smelt.log", "--wait", "--poll", "100ms", "--timeout", "20s"});
    auto seen = output_of(run(c));
    seen += output_of(f.smelt({"failures", "notes"})) + output_of(f.smelt({"batches"})) + f.files().read("smelt.log");
    CHECK(seen.find('\x1b') == std::string::npos);
    CHECK(seen.find('\a') == std::string::npos);
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt WHERE message ~ E'[\\x01-\\x09\\x0b-\\x1f]'") == "0");
}

TEST_CASE("a plain local batch server is served to the end") {
    auto o = twelve("compatible");
    pipeline_fixture f{o};
    auto yaml = f.files().read("pipeline.yaml");
    const auto url = f.simulator().url("compatible");
    auto plain = url.substr(0, url.size() - 3) + "/plain/v1";
    yaml.replace(yaml.find(url), url.size(), plain);
    f.files().write("pipeline.yaml", yaml.insert(yaml.find("api_key:"), "quirks: {list: false}, "));
    f.run_to_end();
    f.check_all_done(12);
    CHECK(f.sql(unspent_items) == "t");
}
