#include "answer.hpp"

#include "batch_write.hpp"
#include "dispatch.hpp"
#include "refusal.hpp"
#include "rest.hpp"
#include "result_flow.hpp"

#include "smelt/core/error.hpp"
#include "smelt/core/failpoint.hpp"
#include "smelt/core/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fstream>

namespace smelt::orchestrator {
namespace {

/// Answers are applied when there are so many, or when the oldest has waited so long.
constexpr std::int64_t answers_at_once = 200;
constexpr std::chrono::seconds longest_wait{1};

/// The requests of one batch on their way to a service that answers at once, and their answers on the way back.
class conversation {
  public:
    conversation(context &ctx, registered_pipeline &p, store::batch_row &b, const std::filesystem::path &spool)
        : ctx_{ctx},
          api_{ctx.api_of(b)},
          flow_{ctx, p, b},
          dispatch_{ctx, b, api_.can().concurrency},
          lines_{spool},
          tick_{ctx.io} {}

    awaitable<void> run() {
        co_await flow_.prepare();
        co_await flow_.run(ask_all());
    }

    /// Why the service turned a request away; the rest was not sent then.
    [[nodiscard]] const std::optional<provider::create_result> &refused() const { return refused_; }
    result_flow &flow() { return flow_; }

  private:
    awaitable<void> ask_all() {
        co_await join(dispatch_.run(), join(flush_in_time(), work_to_end()));
        co_await flush();
    }

    awaitable<void> work_to_end() {
        const auto width = static_cast<std::size_t>(api_.can().concurrency);
        const std::function<awaitable<void>(std::size_t)> each = [this](std::size_t) { return work(); };
        co_await for_each(width, width, each);
        ended_ = true;
        dispatch_.stop();
        tick_.cancel();
    }

    awaitable<void> work() {
        std::string line;
        while (!is_over() && std::getline(lines_, line)) {
            const bool may_go = co_await dispatch_.wait_for(++taken_);
            if (!may_go || is_over())
                break;
            failpoint("answer.before_call");
            const auto answered = co_await api_.answer(line, ctx_.stopping);
            failpoint("answer.after_call");
            if (answered.refused && !refused_)
                refused_ = answered.refused;
            if (!answered.line.empty())
                co_await keep(answered.line);
        }
    }

    [[nodiscard]] bool is_over() const { return ctx_.stopping || refused_.has_value(); }

    awaitable<void> keep(const std::string &line) {
        waiting_ += line;
        if (++count_ >= answers_at_once)
            co_await flush();
    }

    awaitable<void> flush() {
        if (count_ == 0)
            co_return;
        raw_slice slice;
        slice.bytes = std::exchange(waiting_, {});
        at_.offset += static_cast<std::int64_t>(slice.bytes.size());
        at_.line += std::exchange(count_, 0);
        slice.to = at_;
        co_await flow_.send(std::move(slice));
    }

    awaitable<void> flush_in_time() {
        while (!ended_) {
            tick_.expires_after(longest_wait);
            co_await tick_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            co_await flush();
        }
    }

    context &ctx_;
    provider::provider &api_;
    result_flow flow_;
    dispatcher dispatch_;
    std::ifstream lines_;
    boost::asio::steady_timer tick_;
    std::optional<provider::create_result> refused_;
    std::string waiting_; ///< result lines that are not on their way into the tables yet
    std::int64_t count_ = 0;
    store::checkpoint at_;
    std::int64_t taken_ = 0;
    bool ended_ = false;
};

/// One batch is answered at a time, so that the service never has more requests than it is to have; meanwhile the next
/// one is rendered.
class turn {
  public:
    static awaitable<void> wait_for(context &ctx, const service &s) {
        constexpr milliseconds look{5};
        while (s.is_answering && !ctx.stopping)
            co_await pause(ctx, look);
    }
    explicit turn(service &s) : service_{s} { s.is_answering = true; }
    ~turn() { service_.is_answering = false; }
    turn(const turn &) = delete;
    turn &operator=(const turn &) = delete;

  private:
    service &service_;
};

awaitable<void> begin(context &ctx, store::batch_row &b) {
    const batch_change change = [&](store::batches &t) { t.answering(b.lock(), ctx.service_of(b).key_fingerprint); };
    co_await write_batch(ctx, change, {"answer.before_begin", "answer.after_begin"}, false);
    b.state = batch_state::open;
    b.dispatched = 0;
    ++ctx.summary.batches_submitted;
    ctx.summary.requests_submitted += b.sent;
    ctx.report({"submit", ctx.pipeline_of(b).config->name, ctx.summary.requests_submitted, 0, {}});
}

awaitable<void> end(context &ctx, store::batch_row &b, conversation &talk) {
    const batch_change change = [&](store::batches &t) { t.answered(b.lock()); };
    co_await write_batch(ctx, change, {"answer.before_end", "answer.after_end"}, false);
    b.state = batch_state::ended;
    // Whatever was sent has its answer by now.
    co_await finish_answered(ctx, b, talk.flow().plan(), talk.flow().members(), 0);
}

} // namespace

awaitable<void> answer_batch(context &ctx, registered_pipeline &p, const registered_task &task, store::batch_row b,
                             const std::filesystem::path &spool) {
    auto &s = ctx.service_of(b);
    co_await turn::wait_for(ctx, s);
    const turn mine{s};
    const context::unfinished keep_going{ctx};
    if (ctx.stopping) {
        co_await abandon(ctx, b, "the run was interrupted before anything of it was sent");
        co_return;
    }
    co_await begin(ctx, b);
    conversation talk{ctx, p, b, spool};
    co_await talk.run();
    // The hold comes before the items go back, so that nobody claims them in between.
    if (talk.refused())
        co_await hold_refused(ctx, p, task, b, *talk.refused());
    co_await end(ctx, b, talk);
}

} // namespace smelt::orchestrator
