#include "catch.hpp"

#include "smelt/domain/usage.hpp"

using namespace smelt;

TEST_CASE("an answer costs what its tokens cost, cached ones by their own price") {
    CHECK(cost_of({100, 40, 10, 5}, price{3, 1, 7}) == 60 * 3 + 40 + 70);
    CHECK_FALSE(cost_of({100, 40, 10, 5}, std::nullopt));
}

TEST_CASE("input that the provider puts into its cache has a price of its own") {
    usage tokens{100, 40, 10, 5};
    tokens.written = 50;
    CHECK(cost_of(tokens, price{3, 1, 7}) == 60 * 3 + 40 + 70);
    CHECK(cost_of(tokens, price{3, 1, 7, 6}) == 10 * 3 + 40 + 50 * 6 + 70);
}

TEST_CASE("tokens that are not known have no cost, unless they are free") {
    usage unknown{0, 0, 20, 0};
    unknown.known = false;
    CHECK_FALSE(cost_of(unknown, price{3, 1, 7}));
    CHECK(cost_of(unknown, price{}) == 0);
}

TEST_CASE("an amount that does not fit is not known") {
    CHECK_FALSE(cost_of({2'147'483'647, 0, 0, 0}, price{999'999'999'999, 0, 0}));
    CHECK(cost_of({9'000'000, 0, 0, 0}, price{1'000'000'000'000, 0, 0}) == 9'000'000'000'000'000'000);
}

TEST_CASE("a sum with an unknown part is unknown") {
    usage sum{1, 0, 1, 0};
    sum += usage{2, 1, 2, 0};
    CHECK(sum == usage{3, 1, 3, 0});
    usage unknown;
    unknown.known = false;
    sum += unknown;
    CHECK_FALSE(sum.known);
}
