#include "catch.hpp"
#include "contract_fixture.hpp"

using namespace smelt;
using namespace smelt::test;
using provider::remote_state;

TEST_CASE("gemini: states, places of results and codes of errors in their other spellings") {
    contract_fixture f{"gemini"};
    f.fault({{"job_states", true}, {"output_in_metadata", true}, {"rpc_codes", true}, {"error_lines", 2}});
    const auto ended = f.wait_for_end(f.submit("n1", 6).id);
    CHECK(ended.state == remote_state::completed);
    CHECK(ended.status == "JOB_STATE_SUCCEEDED");
    const auto lines = f.results(ended);
    CHECK(lines.size() == 6);
    int answers = 0;
    int refused = 0;
    for (const auto &[id, all] : lines) {
        answers += all.at(0).cause == cause_kind::none ? 1 : 0;
        refused += all.at(0).cause == cause_kind::rejected_request ? 1 : 0;
    }
    CHECK(answers == 4);
    CHECK(refused == 2);
}

TEST_CASE("mistral: an error that is nothing but text is the reason of its request") {
    contract_fixture f{"mistral"};
    f.fault({{"plain_error_lines", true}, {"error_lines", 2}});
    const auto ended = f.wait_for_end(f.submit("n1", 5).id);
    CHECK(ended.state == remote_state::completed);
    const auto lines = f.results(ended);
    CHECK(lines.size() == 5);
    int failed = 0;
    for (const auto &[id, all] : lines)
        if (all.at(0).cause != cause_kind::none) {
            ++failed;
            CHECK(id.starts_with("n1-"));
            CHECK_FALSE(all[0].message.empty());
        }
    CHECK(failed == 2);
}

TEST_CASE("a batch that keeps none of its answers when it is cancelled says so for each") {
    const auto name = GENERATE(as<std::string>{}, "mistral", "anthropic");
    INFO(name);
    contract_fixture f{name, {"--latency", "1500ms"}};
    f.fault({{"partial_results", false}});
    const auto made = f.submit("n1", 4);
    f.wait([&] { return f.api().cancel(made.id); });
    const auto ended = f.wait_for_end(made.id);
    CHECK(ended.state == remote_state::cancelled);
    for (const auto &[id, all] : f.results(ended))
        CHECK(all.at(0).outcome == outcome_kind::cancelled);
}
