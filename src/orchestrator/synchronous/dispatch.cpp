#include "dispatch.hpp"

#include "orchestrator/budgets.hpp"
#include "orchestrator/database_retry.hpp"

#include "smelt/orchestrator/failpoints.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace smelt::orchestrator {
namespace {

/// How soon it is looked again whether answers have made room.
constexpr milliseconds answers_wait{200};

} // namespace

dispatcher::dispatcher(run_pass &pass, const store::batch_row &b, std::int64_t step, const slice_budget &money)
    : pass_{pass},
      batch_{b},
      lock_{b.current_fence()},
      money_{money},
      reserves_{b.reserved.has_value()},
      total_{b.sent},
      step_{step},
      changed_{pass.run.io, std::chrono::steady_clock::time_point::max()} {}

awaitable<void> dispatcher::sleep() {
    co_await changed_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

awaitable<bool> dispatcher::wait_for(std::int64_t n) {
    if (n > wanted_) {
        wanted_ = n;
        wake();
    }
    while (n > raised_ && !stopped_)
        co_await sleep();
    if (!stopped_)
        ++let_go_;
    co_return !stopped_;
}

awaitable<void> dispatcher::run() {
    while (!stopped_ && raised_ < total_) {
        if (wanted_ + step_ <= raised_) {
            co_await sleep();
            continue;
        }
        const auto before = raised_;
        co_await raise(std::min(total_, wanted_ + 2 * step_));
        if (raised_ > before || stopped_)
            continue;
        if (is_idle()) {
            no_room_ = next_;
            stop();
        } else {
            co_await pause(pass_.run.io, answers_wait);
        }
    }
}

dispatcher::raised dispatcher::raise_in(db::transaction &tx, std::int64_t to) const {
    store::batches table{tx};
    raised out{to, 0, 0, false};
    if (!reserves_)
        out.is_cancelled = table.dispatch(lock_, to);
    else {
        store::budgets of_all{tx};
        of_all.lock(batch_.pipeline, batch_.account);
        const auto budgets = of_all.of(batch_.pipeline, batch_.account, pass_.run.runner, batch_.id);
        const auto [lines, cost] = table.applied(lock_);
        out.lines = lines;
        out.requests = money_.affordable(raised_, to, left_of(budgets), lines, cost);
        const auto reserved = money_.charge(out.requests, lines, cost);
        if (out.requests < to) {
            out.next = money_.charge(out.requests + 1, lines, cost) - reserved;
            note_wanted(of_all, budgets, reserved, out.next);
        }
        out.is_cancelled = table.dispatch(lock_, out.requests, reserved);
    }
    return out;
}

awaitable<void> dispatcher::raise(std::int64_t to) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
        const auto done = raise_in(tx, to);
        failpoint("answer.before_dispatch");
        tx.commit();
        return done;
    };
    const auto done = co_await retry_while_away(pass_.run, work);
    failpoint("answer.after_dispatch");
    raised_ = done.requests;
    applied_ = done.lines;
    next_ = done.next;
    if (done.is_cancelled)
        stopped_ = true;
    wake();
}

void dispatcher::stop() {
    stopped_ = true;
    wake();
}

} // namespace smelt::orchestrator
