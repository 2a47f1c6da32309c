#include "catch.hpp"

#include "smelt/config/pipeline.hpp"

using namespace smelt;
using namespace smelt::config;

TEST_CASE("prices are known by model, in picousd per token at batch rates") {
    const provider_spec provider;
    const auto mini = price_of(provider, "gpt-5-mini");
    REQUIRE(mini);
    CHECK(mini->input == 125'000);
    CHECK(mini->cached == 12'500);
    CHECK(mini->output == 1'000'000);
    CHECK(price_of(provider, "gpt-5-nano")->cached == 2'500);
    CHECK_FALSE(price_of(provider, "some-local-model"));
}

TEST_CASE("where no cached price is known, cached input costs as much as input") {
    const auto price = price_of({}, "gpt-4o-mini");
    REQUIRE(price);
    CHECK(price->cached == price->input);
}

TEST_CASE("a synchronous service takes the list price") {
    provider_spec service;
    service.synchronous = true;
    const auto mini = price_of(service, "gpt-5-mini");
    REQUIRE(mini);
    CHECK(mini->input == 250'000);
    CHECK(mini->cached == 25'000);
    CHECK(mini->output == 2'000'000);
    service.prices["gpt-5-mini"] = {1, 2, 3};
    CHECK(price_of(service, "gpt-5-mini")->output == 3);
}

TEST_CASE("a model with a date has the price of its base name") {
    const provider_spec provider;
    CHECK(price_of(provider, "gpt-5-mini-2025-08-07")->input == 125'000);
    CHECK(price_of(provider, "claude-haiku-4-5-20251001")->input == 500'000);
    CHECK_FALSE(price_of(provider, "gpt-5-mini-2025-08"));
    CHECK_FALSE(price_of(provider, "gpt-5-mini-x"));
    CHECK_FALSE(price_of(provider, "-2025-08-07"));
}

TEST_CASE("the pipeline's own prices win") {
    provider_spec provider;
    provider.prices["gpt-5-mini"] = {1, 2, 3};
    CHECK(price_of(provider, "gpt-5-mini-2025-08-07")->output == 3);
    CHECK(price_of(provider, "gpt-5-nano")->input == 25'000);
}

TEST_CASE("a price may be that of a pattern, the longest that fits, and a name comes before it") {
    provider_spec provider;
    provider.prices["ft:mistral-medium-latest:*"] = {1, 1, 1};
    provider.prices["ft:*"] = {2, 2, 2};
    provider.prices["ft:mistral-medium-latest:a:b"] = {3, 3, 3};
    CHECK(price_of(provider, "ft:mistral-medium-latest:x:20260101:y")->input == 1);
    CHECK(price_of(provider, "ft:other:x")->input == 2);
    CHECK(price_of(provider, "ft:mistral-medium-latest:a:b")->input == 3);
    CHECK_FALSE(price_of(provider, "mistral-unheard-of"));
}

TEST_CASE("Anthropic takes twice the price of input for what it puts into its cache for an hour") {
    for (const auto *model : {"claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-4-5"}) {
        const auto batch = price_of({}, model);
        REQUIRE(batch);
        CHECK(batch->written == 2 * batch->input);
    }
    provider_spec service;
    service.synchronous = true;
    CHECK(price_of(service, "claude-haiku-4-5")->written == 2'000'000);
}
