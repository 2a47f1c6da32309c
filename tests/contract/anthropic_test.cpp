#include "catch.hpp"
#include "contract_fixture.hpp"

#include "smelt/base/error.hpp"

using namespace smelt;
using namespace smelt::test;
using provider::remote_state;

namespace {

std::string refusal(contract_fixture &f) {
    try {
        static_cast<void>(f.api().encoder(f.task));
        return "accepted";
    } catch (const usage_error &e) {
        return e.what();
    }
}

} // namespace

TEST_CASE("anthropic: progress is not shown before the end, and the sum of the counts is the number of requests") {
    contract_fixture f{"anthropic", {"--latency", "1500ms"}};
    const auto made = f.submit("n1", 7);
    CHECK(made.state == remote_state::running);
    CHECK(made.total == 7);
    CHECK_FALSE(made.completed);
    const auto ended = f.wait_for_end(made.id);
    CHECK(ended.completed == 7);
    CHECK(ended.failed == 0);
}

TEST_CASE("anthropic: a task without max_tokens is refused before anything is sent") {
    contract_fixture f{"anthropic"};
    f.task.params = json::object();
    CHECK_THAT(refusal(f), SMELT_CONTAINS("max_tokens"));
    f.task.params = {{"max_tokens", 100}, {"stream", true}};
    CHECK_THAT(refusal(f), SMELT_CONTAINS("stream"));
}

TEST_CASE("anthropic: the newer version of the API refuses sampling parameters, the older takes them") {
    const json params{{"max_tokens", 100}, {"temperature", 0}};
    contract_fixture older{"anthropic"};
    older.task.params = params;
    CHECK(refusal(older) == "accepted");
    const auto lines = older.results(older.wait_for_end(older.submit("n1", 2).id));
    CHECK(lines.at("n1-1").at(0).cause == cause_kind::none);

    contract_fixture newer{"anthropic", {}, "test-key", {{"headers", {{"Anthropic-Version", "2026-10-21"}}}}};
    newer.task.params = params;
    CHECK_THAT(refusal(newer), SMELT_CONTAINS("temperature"));
    newer.task.params = {{"max_tokens", 100}};
    CHECK(refusal(newer) == "accepted");
    const auto same = newer.results(newer.wait_for_end(newer.submit("n1", 2).id));
    CHECK(same.at("n1-1").at(0).cause == cause_kind::none);
}

TEST_CASE("anthropic: tokens from the cache count as input") {
    contract_fixture f{"anthropic"};
    f.task.system = "You read notes.";
    f.task.cache = true;
    const auto encoder = f.api().encoder(f.task);
    std::string line;
    encoder->encode("n1-1", {{"system", "You read notes."}, {"user", "Hello"}}, line);
    const auto written = json::parse(line);
    CHECK(written["params"]["system"][0]["cache_control"]["type"] == "ephemeral");
    CHECK(written["params"]["messages"].size() == 1);
    const auto read = f.api().decode(
        R"({"custom_id":"n1-1","result":{"type":"succeeded","message":{"model":"claude-haiku-4-5","content":[{"type":"text",)"
        R"("text":"{}"}],"stop_reason":"end_turn","usage":{"input_tokens":5,"cache_creation_input_tokens":20,)"
        R"("cache_read_input_tokens":100,"output_tokens":7}}}})");
    CHECK(read.tokens.input == 125);
    CHECK(read.tokens.cached == 100);
    CHECK(read.tokens.output == 7);
}

TEST_CASE("anthropic: a batch that is too large is refused, also in a proxy's words") {
    contract_fixture f{"anthropic"};
    const auto input = f.upload("n1", 2);
    f.fault({{"on", "create"}, {"status", 413}, {"body", "<html>too large</html>"}});
    CHECK(f.create("n1", input).outcome == provider::create_outcome::refused);
}

TEST_CASE("anthropic: a batch larger than one piece of the network arrives whole") {
    contract_fixture f{"anthropic"};
    const auto ended = f.wait_for_end(f.submit("many", 3000).id);
    CHECK(ended.total == 3000);
    CHECK(f.results(ended).size() == 3000);
}
