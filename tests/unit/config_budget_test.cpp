#include "catch.hpp"
#include "pipeline_loader.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/pipeline.hpp"

using namespace smelt;
using namespace smelt::config;
using namespace smelt::test;

namespace {

std::string with(const std::string &budget, const std::string &of_account = "[{usd: 3, per: month}]") {
    return "pipeline: p\nsource: {csv: a.csv, key: id}\nbudget: " + budget +
           "\nprovider: {name: openai, budget: " + of_account +
           "}\ntasks:\n  one: {model: gpt-5-mini, user: \"{{id}}\"}\n";
}

} // namespace

TEST_CASE("budgets of a pipeline and of an account are amounts per period") {
    const loader l;
    const auto p = l.load(with("[{usd: 25, per: day}, {usd: '0.50', per: invocation}, {usd: 0.000001, per: total}]"));
    REQUIRE(p.budgets.size() == 3);
    CHECK(p.budgets[0].limit == 25'000'000'000'000);
    CHECK(p.budgets[0].per == budget_period::day);
    CHECK(p.budgets[1].limit == 500'000'000'000);
    CHECK(p.budgets[1].per == budget_period::invocation);
    CHECK(p.budgets[2].limit == 1'000'000);
    REQUIRE(p.providers.front().budgets.size() == 1);
    CHECK(p.providers.front().budgets[0].per == budget_period::month);
}

TEST_CASE("a budget that cannot be meant is refused with its place") {
    const loader l;
    const auto *budget =
        GENERATE("[{usd: 0, per: day}]", "[{usd: -1, per: day}]", "[{usd: 1, per: week}]", "[{usd: 1}]", "[]",
                 "{usd: 1, per: day}", "5", "[{usd: 1, per: day}, {usd: 2, per: day}]", "[{usd: 0.0000001, per: day}]");
    INFO(budget);
    CHECK_THROWS_WITH(l.load(with(budget)), SMELT_CONTAINS("budget"));
    CHECK_THROWS_WITH(l.load(with("[{usd: 1, per: day}]", budget)), SMELT_CONTAINS("budget"));
}
