#include "catch.hpp"

#include "smelt/orchestrator/estimate.hpp"

using namespace smelt;
using namespace smelt::orchestrator;

namespace {

/// A hundred items that took 120 requests: 12,000 tokens in at 2, 6,000 out at 10.
task_history hundred_items() {
    task_history history;
    history.parts.push_back({{0, "m", 120, 100, 12'000, 6'000, 12'000 * 2 + 6'000 * 10, 0}, 60'000});
    history.settled = 100;
    history.first_bytes = 400;
    return history;
}

} // namespace

TEST_CASE("without a history a token is four bytes, and output is not known") {
    const auto seen = expect({}, 10, request_sizes{400, 400}, price{3, 3, 5});
    CHECK(seen.requests == 10);
    CHECK(seen.input_tokens == 1000);
    CHECK_FALSE(seen.output_tokens);
    CHECK(seen.cost == 3000);
    CHECK(seen.is_input_only);
    CHECK_FALSE(expect({}, 10, request_sizes{400, 400}, std::nullopt).cost);
    CHECK_FALSE(expect({}, 10, std::nullopt, price{3, 3, 5}).cost);
}

TEST_CASE("what an item has come to is what the next ones will come to") {
    const auto seen = expect(hundred_items(), 50, request_sizes{400, 400}, price{});
    CHECK(seen.requests == Approx(60));
    CHECK(seen.input_tokens == Approx(6000));
    CHECK(seen.output_tokens.value() == Approx(3000));
    CHECK(seen.cost == 42'000);
    CHECK_FALSE(seen.is_input_only);
    CHECK(expect(hundred_items(), 50, std::nullopt, price{}).cost == 42'000);
}

TEST_CASE("larger records cost more input and no more output, and what is asked again is of ordinary size") {
    const auto seen = expect(hundred_items(), 100, request_sizes{1200, 400}, price{});
    CHECK(seen.input_tokens == Approx(10'000 * 3 + 2'000));
    CHECK(seen.output_tokens.value() == Approx(6000));
    CHECK(seen.cost.value() == Approx(2 * 32'000 + 60'000).epsilon(0.001));
}

TEST_CASE("nothing to send costs nothing, and an unknown cost stays unknown") {
    CHECK(expect({}, 0, std::nullopt, std::nullopt).cost == 0);
    auto history = hundred_items();
    history.parts[0].seen.cost = 0;
    history.parts[0].seen.unpriced = 120;
    CHECK_FALSE(expect(history, 10, request_sizes{400, 400}, price{1, 1, 1}).cost);
}

TEST_CASE("the last batches say how long the next ones take") {
    const store::past_pace pace{10, 60};
    CHECK_FALSE(how_long({}, 100, 1, 20, false));
    CHECK(how_long(pace, 100, 1, 20, false) == 60);
    CHECK(how_long(pace, 6000, 1, 20, false) == 600);
    CHECK(how_long(pace, 100, 41, 20, true) == 240);
}
