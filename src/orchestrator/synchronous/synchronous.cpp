#include "synchronous.hpp"

#include "dispatch.hpp"
#include "orchestrator/batch_write.hpp"
#include "orchestrator/collect/result_flow.hpp"
#include "orchestrator/collect/unanswered.hpp"
#include "orchestrator/database_retry.hpp"
#include "orchestrator/holds.hpp"
#include "orchestrator/refused_batch.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/forgetting.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fstream>

namespace smelt::orchestrator {
namespace {

/// Answers are applied when there are so many, or when the oldest has waited so long.
constexpr std::int64_t answers_at_once = 200;
constexpr std::chrono::seconds longest_wait{1};
constexpr milliseconds short_wait{5};

/// How many requests are called sent before they are. Where rates hold them back, hardly any.
std::int64_t reserve_of(const config::provider_spec &spec) {
    constexpr std::int64_t tenth_of_a_second = 600;
    const auto &pool = spec.pool;
    if (pool.requests_per_minute == 0 && pool.tokens_per_minute == 0)
        return pool.concurrency;
    return std::min<std::int64_t>(pool.concurrency, pool.requests_per_minute / tenth_of_a_second);
}

/// The requests of one batch on their way to a synchronous service, and their answers on the way back.
class synchronous_run {
  public:
    synchronous_run(run_pass &pass, registered_pipeline &p, store::batch_row &b, const synchronous_requests &requests)
        : pass_{pass},
          batch_{b.id},
          api_{pass.pipelines.chat_api_of(b)},
          flow_{pass, p, b},
          money_{requests.ceilings},
          dispatch_{pass, b, reserve_of(*pass.pipelines.service_of(b).spec), money_},
          lines_{requests.spool},
          tick_{pass.run.io} {}

    awaitable<void> run() {
        co_await flow_.prepare();
        co_await flow_.run(ask_all());
    }

    /// Why the service turned a request away; the rest was not sent then.
    [[nodiscard]] const std::optional<provider::failure> &refused() const { return refused_; }
    result_flow &flow() { return flow_; }
    [[nodiscard]] picousd no_room() const { return dispatch_.no_room(); }

  private:
    awaitable<void> ask_all() {
        co_await join(dispatch_.run(), join(flush_in_time(), work_to_end()));
        co_await flush();
    }

    awaitable<void> work_to_end() {
        const auto width = static_cast<std::size_t>(api_.capabilities().concurrency);
        const std::function<awaitable<void>(std::size_t)> each = [this](std::size_t) { return work(); };
        co_await for_each(width, width, each);
        ended_ = true;
        dispatch_.stop();
        tick_.cancel();
    }

    awaitable<void> work() {
        std::string line;
        const provider::stop_check stop = [this] { return is_over() || dispatch_.stopped(); };
        while (!is_over() && std::getline(lines_, line)) {
            const auto place = ++taken_;
            // What waits for the rates was not sent, and nobody is to take it for sent.
            const bool is_admitted = co_await api_.admit(line, stop);
            const bool may_go = is_admitted && co_await dispatch_.wait_for(place);
            while (is_flushing_ && count_ >= answers_at_once)
                co_await pause(pass_.run.io, short_wait);
            if (!may_go || is_over())
                break;
            failpoint("answer.before_call");
            const auto answered = co_await api_.answer(line, stop);
            failpoint("answer.after_call");
            if (answered.refused && !refused_)
                refused_ = answered.refused;
            if (answered.line.empty()) {
                dispatch_.came_back_empty();
                continue;
            }
            money_.answered(place);
            co_await keep(answered.line);
        }
    }

    [[nodiscard]] bool is_over() const { return pass_.run.is_ending() || refused_.has_value(); }

    awaitable<void> keep(const std::string &line) {
        waiting_ += line;
        if (++count_ >= answers_at_once)
            co_await flush();
    }

    /// One slice at a time is handed over; what comes meanwhile is the next one.
    awaitable<void> flush() {
        if (count_ == 0 || is_flushing_)
            co_return;
        is_flushing_ = true;
        raw_slice slice;
        slice.bytes = std::exchange(waiting_, {});
        at_.offset += static_cast<std::int64_t>(slice.bytes.size());
        at_.line += std::exchange(count_, 0);
        slice.to = at_;
        co_await flow_.send(std::move(slice));
        is_flushing_ = false;
    }

    awaitable<void> flush_in_time() {
        while (!ended_) {
            tick_.expires_after(longest_wait);
            co_await tick_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            co_await flush();
            co_await notice_cancel();
        }
    }

    /// Somebody may have cancelled the batch, or forgotten a record of it, since it was last raised.
    awaitable<void> notice_cancel() {
        if (ended_ || dispatch_.stopped())
            co_return;
        auto work = [this](db::connection &c) {
            db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
            const auto row = store::batches{tx}.find(batch_);
            return row && (row->cancel_requested || store::forgetting{tx, row->pipeline}.is_in(batch_));
        };
        const bool cancelled = co_await retry_while_away(pass_.run, work);
        if (cancelled)
            dispatch_.stop();
    }

    run_pass &pass_;
    batch_id batch_;
    provider::chat_api &api_;
    result_flow flow_;
    slice_budget money_;
    dispatcher dispatch_;
    std::ifstream lines_;
    boost::asio::steady_timer tick_;
    std::optional<provider::failure> refused_;
    std::string waiting_; ///< result lines that are not on their way into the tables yet
    std::int64_t count_ = 0;
    bool is_flushing_ = false;
    store::checkpoint at_;
    std::int64_t taken_ = 0;
    bool ended_ = false;
};

/// One batch is answered at a time, so that the service never has more requests than it is to have; meanwhile the next
/// one is rendered.
class turn {
  public:
    static awaitable<void> wait_for(run_pass &pass, const service &s) {
        while (s.is_answering && !pass.run.stopping)
            co_await pause(pass.run.io, short_wait);
    }
    explicit turn(service &s) : service_{s} { s.is_answering = true; }
    ~turn() { service_.is_answering = false; }
    turn(const turn &) = delete;
    turn &operator=(const turn &) = delete;

  private:
    service &service_;
};

/// Nothing of the batch is sent when somebody has said so while it waited for its turn.
awaitable<bool> begin(run_pass &pass, store::batch_row &b) {
    if (pass.run.is_ending() || pass.paused_accounts.contains(b.account.value))
        co_return false;
    auto work = [&](db::connection &c) {
        db::transaction tx{c};
        store::batches table{tx};
        lock_for_claim(tx, b.task, b.account);
        const auto row = table.find(b.id);
        if ((row && row->cancel_requested) || !holds_of(tx, pass.pipelines.service_of(b), b.task, b.rung).empty())
            return false;
        table.answering(b.current_fence(), pass.pipelines.service_of(b).key_fingerprint);
        failpoint("answer.before_begin");
        tx.commit();
        return true;
    };
    const bool begun = co_await pass.run.db.run(work);
    if (!begun)
        co_return false;
    failpoint("answer.after_begin");
    b.state = batch_state::open;
    b.dispatched = 0;
    ++pass.run.summary.batches_submitted;
    co_return true;
}

awaitable<void> end(run_pass &pass, store::batch_row &b, synchronous_run &run) {
    const batch_change change = [&](store::batches &t) {
        t.answered(b.current_fence());
        if (!run.refused())
            t.reached(b.account);
    };
    co_await write_batch(pass, change, {"answer.before_end", "answer.after_end"}, durability::usual);
    b.state = batch_state::ended;
    // Whatever was sent has its answer by now.
    co_await finish_answered(pass, b, run.flow().plan(), run.flow().members(), 0);
    pass.run.summary.requests_submitted += b.sent - b.counts.not_run;
    pass.run.report({"submit", pass.pipelines.of(b).config->name, pass.run.summary.requests_submitted, 0, {}});
}

} // namespace

awaitable<picousd> answer_batch(run_pass &pass, registered_pipeline &p, const registered_task &task, store::batch_row b,
                                const synchronous_requests &requests) {
    auto &s = pass.pipelines.service_of(b);
    co_await turn::wait_for(pass, s);
    const turn mine{s};
    const invocation::unfinished keep_going{pass.run};
    const bool begun = co_await begin(pass, b);
    if (!begun) {
        co_await abandon(pass, b, "nothing of it was sent: the run ends, or its task or service is on hold");
        co_return 0;
    }
    synchronous_run run{pass, p, b, requests};
    co_await run.run();
    // The hold comes before the items are requeued, so that nobody claims them in between.
    if (run.refused())
        co_await hold_refused(pass, p, task, b, *run.refused());
    co_await end(pass, b, run);
    co_return run.no_room();
}

} // namespace smelt::orchestrator
