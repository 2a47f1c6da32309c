#include "catch.hpp"

#include "smelt/cli/batch_report.hpp"
#include "smelt/cli/run_progress.hpp"

#include <fstream>
#include <iterator>

using namespace smelt;
using namespace smelt::cli;
using namespace std::chrono_literals;

namespace {

run_state state() {
    run_state s;
    s.name = "papers";
    s.total = 170'000;
    s.done = 12'034;
    s.failed = 3;
    s.at_provider = 12'000;
    s.answered_there = 5'000;
    s.items_per_second = 410.7;
    s.eta_seconds = 385;
    s.cost_usd = "0.123";
    return s;
}

/// States as they are shown at a width; the files under tests/data say how.
std::string all_at(std::size_t width) {
    const terminal t{.is_terminal = width > 0, .colour = false, .width = width};
    auto quiet = state();
    quiet.answered_there.reset();
    quiet.failed = 0;
    auto held = state();
    held.hold = "circuit breaker: 120 of 200 answers failed";
    held.eta_seconds.reset();
    held.items_per_second.reset();
    auto begun = run_state{};
    begun.name = "3 pipelines";
    auto done = state();
    done.done = done.total;
    done.at_provider = 0;
    done.eta_seconds.reset();
    done.is_partly_unpriced = true;
    std::string out;
    for (const auto &s : {begun, state(), quiet, held, done})
        out += render_state(s, t) + "\n";
    return out;
}

std::string golden(const std::string &name) {
    std::ifstream in{std::string{SMELT_SOURCE_DIR} + "/tests/data/" + name};
    return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

TEST_CASE("the progress line keeps what matters at any width") {
    CHECK(all_at(80) == golden("progress_80.txt"));
    CHECK(all_at(200) == golden("progress_200.txt"));
    CHECK(all_at(0) == golden("progress_lines.txt"));
    for (std::size_t width : {1UL, 10UL, 40UL, 79UL, 120UL})
        CHECK(display_width(render_state(state(), {.is_terminal = true, .width = width})) < width);
}

TEST_CASE("without a terminal a line comes each half minute and at each thousand crossed") {
    line_clock lines;
    const auto begin = std::chrono::steady_clock::time_point{} + 1h;
    CHECK_FALSE(lines.is_due(900, begin));
    CHECK_FALSE(lines.is_due(950, begin + 5s));
    CHECK(lines.is_due(1'001, begin + 10s));
    CHECK_FALSE(lines.is_due(1'999, begin + 15s));
    CHECK(lines.is_due(5'000, begin + 20s));
    CHECK_FALSE(lines.is_due(5'000, begin + 45s));
    CHECK(lines.is_due(5'000, begin + 50s));
    // What was taken away again is no thousand crossed.
    CHECK_FALSE(lines.is_due(3'000, begin + 55s));
}

TEST_CASE("the rate is that of the last half minute") {
    rate_window rate;
    const auto begin = std::chrono::steady_clock::time_point{} + 1h;
    CHECK_FALSE(rate.add(0, begin));
    CHECK_FALSE(rate.add(0, begin + 1s));
    CHECK(rate.add(100, begin + 2s) == 50.0);
    for (int i = 3; i <= 60; ++i)
        rate.add(100 + (i - 2) * 10, begin + std::chrono::seconds{i});
    CHECK(rate.add(690, begin + 61s).value() == Approx(10.0));
    CHECK_FALSE(rate.add(100, begin + 100s));
}

TEST_CASE("the states of several tasks are summed up") {
    store::task_report a, b;
    a.pipeline = b.pipeline = "papers";
    a.total = 10, a.extracted = 4, a.skipped = 1, a.failed = 1, a.open_requests = 3, a.answered = 2;
    a.cost_usd = "0.5";
    b.total = 5, b.failed_validation = 2, b.open_requests = 2, b.is_counted_there = false;
    const auto s = state_of_tasks({a, b}, 2.0);
    CHECK(s.name == "papers");
    CHECK(s.total == 15);
    CHECK(s.done == 8);
    CHECK(s.failed == 3);
    CHECK(s.at_provider == 5);
    CHECK_FALSE(s.answered_there);
    CHECK(s.eta_seconds == 3.5);
    b.is_counted_there = true;
    CHECK(state_of_tasks({a, b}, {}).answered_there == 2);
}

TEST_CASE("one batch is shown whole") {
    store::batch_report b;
    b.id = 17, b.pipeline = "papers", b.task = "extract", b.state = "closed", b.provider = "openai";
    b.base_url = "https://api.openai.com/v1", b.model = "gpt-5-mini", b.remote_id = "batch_1",
    b.remote_status = "expired";
    b.claimed = 12, b.sent = 10, b.accepted = 8, b.expired = 2, b.input_tokens = 1200, b.output_tokens = 80;
    b.cost_usd = "0.0123";
    std::string all;
    for (const auto &line : describe_batch(b))
        all += line + "\n";
    CHECK_THAT(all, SMELT_CONTAINS("batch 17 of papers/extract: closed\n") &&
                        SMELT_CONTAINS("12 claimed, 10 sent = 8 accepted + 2 expired") &&
                        SMELT_CONTAINS("expired: not reported") && SMELT_CONTAINS("1,200 in, 80 out"));
    b.remote_total = 10, b.remote_completed = 8, b.remote_failed = 1;
    all.clear();
    for (const auto &line : describe_batch(b))
        all += line + "\n";
    CHECK_THAT(all, SMELT_CONTAINS("expired: 8 of 10 answered, 1 failed"));
}
