#include "catch.hpp"

#include "smelt/config/output_limit.hpp"

using namespace smelt;
using namespace smelt::config;

TEST_CASE("the parameter that limits an answer is found under every name that services have for it") {
    for (const char *name :
         {"max_completion_tokens", "max_output_tokens", "max_tokens", "maxOutputTokens", "num_predict"}) {
        const auto limit = output_limit_of({{"temperature", 0}, {name, 600}});
        REQUIRE(limit);
        CHECK(limit->param == name);
        CHECK(limit->tokens == 600);
    }
    for (const auto &none : {json::object(), json(nullptr), json{{"max_tokens", "${MOST}"}}, json{{"max_tokens", -1}}})
        CHECK_FALSE(output_limit_of(none));
}

TEST_CASE("a limit is doubled up to what the model gives") {
    CHECK(doubled(100, 0, 1000) == 100);
    CHECK(doubled(100, 3, 1000) == 800);
    CHECK(doubled(100, 4, 1000) == 1000);
    CHECK(doubled(2000, 4, 1000) == 2000);
    CHECK(doubled(1, 100, 65'536) == 65'536);
    CHECK(most_output_tokens("gpt-4o-mini-2024-07-18") == 16'384);
    CHECK(most_output_tokens("claude-opus-4-1") == 32'000);
    CHECK(most_output_tokens("claude-opus-5-5") == 64'000);
    CHECK(most_output_tokens("some-local-model") == 65'536);
}
