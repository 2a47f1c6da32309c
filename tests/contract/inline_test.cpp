#include "catch.hpp"
#include "contract_fixture.hpp"

using namespace smelt;
using namespace smelt::test;
using provider::remote_state;

TEST_CASE("mistral: a small batch travels inside its create, a larger one as a file") {
    contract_fixture f{"mistral", {"--latency", "60ms"}, "test-key", json{{"inline_requests", 3}}};
    CHECK(f.upload("small", 3).empty());
    CHECK_FALSE(f.upload("large", 4).empty());
    const auto ended = f.wait_for_end(f.submit("n1", 3).id);
    CHECK(ended.state == remote_state::completed);
    CHECK(ended.nonce == "n1");
    const auto lines = f.results(ended);
    CHECK(lines.size() == 3);
    for (const auto &[id, all] : lines) {
        INFO(id);
        CHECK(id.starts_with("n1-"));
        REQUIRE(all.size() == 1);
        CHECK(all[0].cause == cause_kind::none);
        CHECK(json::parse(all[0].answer).contains("title"));
    }
}
