#include "catch.hpp"
#include "orchestrator/budgets.hpp"
#include "orchestrator/synchronous/slice_budget.hpp"

#include "smelt/domain/budget.hpp"
#include "smelt/orchestrator/request_ceilings.hpp"

using namespace smelt;
using namespace smelt::orchestrator;

namespace {

budget_use use_of(picousd limit, picousd spent, picousd reserved, picousd building = 0) {
    return {budget_period::total, limit, spent, reserved, building, false};
}

task_definition asked(const std::string &model, const json &params) {
    task_definition task;
    task.model = model;
    task.params = params;
    return task;
}

} // namespace

TEST_CASE("a budget has room, waits for batches, is used up or too small") {
    CHECK(state_of(use_of(100, 50, 20), 30) == budget_state::has_room);
    CHECK(state_of(use_of(100, 50, 20), 31) == budget_state::waits);
    CHECK(state_of(use_of(100, 50, 0, 50), 1) == budget_state::waits);
    CHECK(state_of(use_of(100, 50, 20), 51) == budget_state::used_up);
    CHECK(state_of(use_of(100, 100, 0), 0) == budget_state::used_up);
    CHECK(state_of(use_of(100, 150, 0), 1) == budget_state::used_up);
    CHECK(state_of(use_of(100, 0, 0), 101) == budget_state::too_small);
    CHECK(use_of(100, 90, 20).left() == 0);
    auto unbounded = use_of(100, 10, 0);
    unbounded.is_unbounded = true;
    CHECK(state_of(unbounded, 1) == budget_state::waits);
}

TEST_CASE("only an amount for ever, or one too small for a request, needs a person") {
    for (const auto per : {budget_period::invocation, budget_period::day, budget_period::month, budget_period::total}) {
        CHECK(needs_person(budget_state::used_up, per) == (per == budget_period::total));
        CHECK(needs_person(budget_state::too_small, per));
        CHECK_FALSE(needs_person(budget_state::waits, per));
        CHECK(budget_period_named(to_string(per)) == per);
    }
    CHECK_FALSE(budget_period_named("week"));
}

TEST_CASE("of several budgets without room the one is told that lasts longest") {
    store::budget_row day, total;
    day.use = {budget_period::day, 100, 100, 0, 0, false};
    total.use = {budget_period::total, 100, 100, 0, 0, false};
    CHECK(without_room({total, day}, 1)->row.use.per == budget_period::total);
    CHECK(without_room({day, total}, 1)->row.use.per == budget_period::total);
    total.use.spent = 0;
    CHECK(without_room({day, total}, 1)->row.use.per == budget_period::day);
    day.use.spent = 0;
    CHECK_FALSE(without_room({day, total}, 100));
    CHECK(left_of({day, total}) == 100);
}

TEST_CASE("a request may cost as many tokens as it has bytes, and all the output that it allows") {
    config::provider_spec service;
    const request_ceilings first{service, asked("gpt-5-mini", {{"max_completion_tokens", 1000}}), {}};
    CHECK(first.unknown().empty());
    CHECK(first.of(4000, 0) == 4000 * 125'000 + 1000 * 1'000'000);
    const request_ceilings later{service, asked("gpt-5-mini", {{"max_completion_tokens", 1000}}), 0.25};
    CHECK(later.of(4000, 0) == 1500 * 125'000 + 1000 * 1'000'000);
    const request_ceilings dense{service, asked("gpt-5-mini", {{"max_completion_tokens", 1000}}), 0.9};
    CHECK(dense.of(4000, 0) == first.of(4000, 0));
}

TEST_CASE("after answers that were cut a request may cost what the doubled limit allows") {
    auto task = asked("gpt-4o-mini", {{"max_tokens", 5000}});
    task.retry.truncated = when_truncated::twice;
    const request_ceilings ceilings{{}, task, {}};
    CHECK(ceilings.of(2, 1) - ceilings.of(2, 0) == 5000 * 300'000);
    CHECK(ceilings.of(2, 5) == ceilings.of(2, 9)); // the model gives no more than 16,384
    task.retry.truncated = when_truncated::same;
    const request_ceilings same{{}, task, {}};
    CHECK(same.of(2, 3) == same.of(2, 0));
}

TEST_CASE("without a limit in params the model's own holds, and what is free needs none") {
    CHECK(request_ceilings{{}, asked("gpt-4o", json::object()), {}}.of(1, 0) == 1'250'000 + 16'384 * 5'000'000LL);
    CHECK_THAT((request_ceilings{{}, asked("mistral-small-latest", json::object()), {}}).unknown(),
               SMELT_CONTAINS("params name no limit"));
    CHECK_THAT((request_ceilings{{}, asked("nobody-knows", {{"max_tokens", 5}}), {}}).unknown(),
               SMELT_CONTAINS("the price of nobody-knows is not known"));
    config::provider_spec own;
    own.prices = {{"llama*", price{}}};
    const request_ceilings free{own, asked("llama3", json::object()), {}};
    CHECK(free.unknown().empty());
    CHECK(free.of(1'000'000, 3) == 0);
}

TEST_CASE("input that may be put into a cache is reserved at that price") {
    const request_ceilings ceilings{{}, asked("claude-haiku-4-5", {{"max_tokens", 10}}), {}};
    CHECK(ceilings.of(1000, 0) == 1000 * 1'000'000 + 10 * 2'500'000);
}

TEST_CASE("slices of a synchronous service cost what was answered and may cost what was not") {
    slice_budget money{{10, 20, 30, 40}};
    CHECK(money.charge(3, 0, 0) == 60);
    money.answered(2);
    money.answered(1);
    CHECK(money.charge(3, 1, 5) == 5 + 10 + 30);
    CHECK(money.charge(3, 2, 7) == 7 + 30);
    CHECK(money.charge(3, 2, std::nullopt) == 60);
    CHECK(money.affordable(2, 4, 36, 2, 7) == 2);
    CHECK(money.affordable(2, 4, 37, 2, 7) == 3);
    CHECK(money.affordable(2, 4, 1000, 2, 7) == 4);
    CHECK(money.affordable(2, 4, 0, 2, 7) == 2);
}
