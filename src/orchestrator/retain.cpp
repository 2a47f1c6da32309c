#include "retain.hpp"

#include "transactions.hpp"

#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/retention.hpp"

namespace smelt::orchestrator {
namespace {

constexpr std::int64_t rows_at_once = 10'000;
/// In one pass: about a second's work.
constexpr std::int64_t most_rows = 100'000;
constexpr commit_points retain_points{"retain.before_commit", "retain.after_commit"};

awaitable<std::int64_t> retain_answers(run_pass &pass, const registered_pipeline &p) {
    const auto &spec = p.config->retention;
    std::int64_t looked = 0, removed = 0;
    auto look = [&](db::transaction &tx) { return store::retention{tx, p.id, spec}.is_due(); };
    if (!co_await read(pass.run, look))
        co_return removed;
    for (bool more = true; more && !pass.run.is_ending();) {
        auto work = [&](db::transaction &tx) { return store::retention{tx, p.id, spec}.go_on(rows_at_once); };
        const auto step = co_await write(pass.run, work, retain_points);
        looked += step.looked;
        removed += step.removed;
        more = !step.is_over && looked < most_rows;
    }
    co_return removed;
}

awaitable<std::int64_t> retain_fetched(run_pass &pass, const registered_pipeline &p) {
    std::int64_t removed = 0;
    for (bool more = p.config->retention.fetched.has_value(); more && !pass.run.is_ending();) {
        auto work = [&](db::transaction &tx) {
            return store::retention{tx, p.id, p.config->retention}.remove_fetched(rows_at_once);
        };
        const auto some = co_await write(pass.run, work);
        removed += some;
        more = some == rows_at_once && removed < most_rows;
    }
    co_return removed;
}

awaitable<void> retain(run_pass &pass, const registered_pipeline &p) {
    const auto answers = co_await retain_answers(pass, p);
    const auto bodies = co_await retain_fetched(pass, p);
    if (answers > 0)
        log::info("{}: removed what was old (retention) of {} answers", p.config->name, group_digits(answers));
    if (bodies > 0)
        log::info("{}: removed {} answers of web services that were old (retention)", p.config->name,
                  group_digits(bodies));
}

} // namespace

awaitable<void> retain(run_pass &pass) {
    for (const auto &p : pass.pipelines)
        if (p.config->retention.of_answers() || p.config->retention.fetched)
            co_await isolated(pass, p.config->name + ": retention", retain(pass, p));
}

} // namespace smelt::orchestrator
