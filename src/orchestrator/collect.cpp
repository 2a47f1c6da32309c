#include "apply.hpp"
#include "line_slicer.hpp"
#include "rest.hpp"
#include "steps.hpp"

#include "smelt/core/error.hpp"
#include "smelt/core/failpoint.hpp"
#include "smelt/core/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <malloc.h>

namespace smelt::orchestrator {

namespace asio = boost::asio;

namespace {

/// Batches collected at once: two appliers, each with a download and a parser ahead of it.
constexpr std::size_t collects_at_once = 2;

template <class T>
using channel = asio::experimental::channel<void(boost::system::error_code, std::shared_ptr<T>)>;

/// Null ends a stream: closing a channel of Asio 1.26 would drop what it still holds.
template <class T>
awaitable<void> put(channel<T> &to, std::shared_ptr<T> value) {
    co_await to.async_send(boost::system::error_code{}, std::move(value), asio::use_awaitable);
}

template <class T>
awaitable<std::shared_ptr<T>> receive(channel<T> &from) {
    co_return co_await from.async_receive(asio::use_awaitable);
}

/// Runs CPU work off the loop's thread.
template <class Work>
awaitable<void> on_cpu(context &ctx, Work &work) {
    auto initiate = [&](auto handler) {
        auto guard = asio::make_work_guard(handler);
        asio::post(ctx.cpu, [&work, handler = std::move(handler), guard = std::move(guard)]() mutable {
            std::exception_ptr problem;
            try {
                work();
            } catch (...) {
                problem = std::current_exception();
            }
            asio::post(guard.get_executor(),
                       [handler = std::move(handler), problem]() mutable { std::move(handler)(problem); });
        });
    };
    co_await asio::async_initiate<asio::use_awaitable_t<> const, void(std::exception_ptr)>(initiate,
                                                                                           asio::use_awaitable);
}

/// One ended batch on its way into the tables: download, judge and apply overlap, a slice each, in bounded memory.
class collector {
  public:
    collector(context &ctx, registered_pipeline &p, store::batch_row &b)
        : ctx_{ctx}, pipeline_{p}, batch_{b}, api_{ctx.api_of(p)}, raw_{ctx.io, 1}, judged_{ctx.io, 1} {}

    awaitable<void> run() {
        co_await prepare();
        failpoint("collect.before_download");
        if (batch_.at.file < 2)
            co_await join(download(), join(judge_all(), apply_all()));
        co_await finish_rest(ctx_, pipeline_, batch_, plan_, *members_, cut_short_);
    }

  private:
    awaitable<void> prepare() {
        std::vector<std::int64_t> waiting;
        std::vector<std::int64_t> applied;
        auto work = [&](db::connection &c) {
            auto version = ctx_.version(c, batch_.version);
            db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
            store::batches table{tx};
            waiting = table.waiting_records(batch_.id);
            applied = table.applied_records(batch_.pipeline, batch_.id);
            return version;
        };
        version_ = co_await ctx_.db.run(work);
        members_.emplace(std::move(waiting), applied);
        per_token_ = config::price_of(pipeline_.config->provider, batch_.model);
        plan_.batch = &batch_;
        plan_.retry = version_->task.definition().retry;
        for (const auto &task : pipeline_.tasks)
            if (task.need == batch_.task)
                plan_.dependents.push_back({task.id, task.spec->priority, task.spec->when});
    }

    awaitable<void> download() {
        for (; position_.file < 2; position_ = {position_.file + 1, 0, 0}) {
            if (position_.file < batch_.at.file)
                continue;
            if (position_.file == batch_.at.file)
                position_ = batch_.at;
            co_await download_file(position_.file == 0 ? batch_.output_file : batch_.error_file);
        }
        auto last = std::make_shared<raw_slice>();
        last->from = sent_;
        last->to = {2, 0, 0};
        co_await put<raw_slice>(raw_, std::move(last));
        co_await put<raw_slice>(raw_, nullptr);
    }

    awaitable<void> download_file(const std::string &file) {
        const bool skips = api_.can().immutable_results;
        line_slicer slicer{skips ? position_ : store::checkpoint{position_.file, 0, 0}, pipeline_.config->slice.lines,
                           pipeline_.config->slice.bytes};
        const http::body_sink sink = [&](std::string_view bytes) -> awaitable<void> {
            slicer.feed(bytes);
            while (auto slice = slicer.take())
                co_await send(std::move(*slice));
        };
        if (!file.empty())
            co_await api_.fetch(file, sink);
        auto last = slicer.finish();
        cut_short_ = cut_short_ || slicer.cut_short();
        if (!last.bytes.empty())
            co_await send(std::move(last));
    }

    /// Slices chain: each begins where the one before it ended, also across the two files.
    awaitable<void> send(raw_slice slice) {
        auto next = std::make_shared<raw_slice>(std::move(slice));
        next->from = std::exchange(sent_, next->to);
        co_await put<raw_slice>(raw_, std::move(next));
    }

    awaitable<void> judge_all() {
        while (auto raw = co_await receive<raw_slice>(raw_)) {
            auto out = std::make_shared<judged_slice>();
            auto work = [&] { *out = judge(*raw, api_, batch_, *version_, per_token_, *members_); };
            co_await on_cpu(ctx_, work);
            co_await put<judged_slice>(judged_, std::move(out));
        }
        co_await put<judged_slice>(judged_, nullptr);
    }

    awaitable<void> apply_all() {
        while (auto slice = co_await receive<judged_slice>(judged_)) {
            failpoint("collect.before_slice");
            const auto to = slice->to;
            store::slice ready;
            auto complete = [&](db::connection &c) {
                ready = finish(c, std::move(*slice), batch_, *version_, batch_.counts);
            };
            co_await ctx_.db.run(complete);
            const auto before = batch_.counts;
            auto work = [&](db::connection &c) { return apply_slice(c, plan_, ready); };
            batch_.counts = co_await ctx_.db.run(work);
            batch_.at = to;
            report(before);
        }
    }

    void report(const store::ledger &before) {
        const auto accepted = batch_.counts.accepted - before.accepted;
        const auto rejected = batch_.counts.rejected - before.rejected;
        const auto all = batch_.counts.accounted() - before.accounted();
        ctx_.summary.accepted += accepted;
        ctx_.summary.rejected += rejected;
        ctx_.summary.other += all - accepted - rejected;
        ctx_.report({"collect",
                     pipeline_.config->name,
                     ctx_.summary.accepted + ctx_.summary.rejected + ctx_.summary.other,
                     0,
                     {}});
    }

    context &ctx_;
    registered_pipeline &pipeline_;
    store::batch_row &batch_;
    provider::provider &api_;
    channel<raw_slice> raw_;
    channel<judged_slice> judged_;
    std::shared_ptr<const loaded_version> version_;
    std::optional<membership> members_;
    std::optional<price> per_token_;
    apply_plan plan_;
    store::checkpoint position_;
    store::checkpoint sent_ = batch_.at;
    bool cut_short_ = false;
};

awaitable<void> collect_one(context &ctx, store::batch_row &b) {
    auto &p = ctx.pipeline_of(b);
    try {
        collector work{ctx, p, b};
        co_await work.run();
        ctx.progressed = true;
        // What the slices have freed lies between what the heap still holds, and it would keep all of it.
        ::malloc_trim(0);
    } catch (const store::fenced_off &e) {
        log::info("{}", e.what());
    } catch (const http::transport_error &) {
        ctx.problem(std::current_exception(),
                    fmt::format("batch {}: the results could not be downloaded; the next run goes on from the "
                                "checkpoint",
                                b.id.value));
    } catch (const provider::provider_error &e) {
        const auto gone = e.status() == 404
                              ? fmt::format("; if the provider has deleted them, `smelt adopt {} --absent` sends "
                                            "what is left of it again",
                                            b.id.value)
                              : std::string{};
        ctx.problem(std::current_exception(),
                    fmt::format("batch {}: the results could not be downloaded{}", b.id.value, gone));
    }
}

} // namespace

awaitable<void> collect(context &ctx, std::vector<store::batch_row> &batches) {
    std::vector<store::batch_row *> ended;
    for (auto &b : batches)
        if (b.state == batch_state::ended && b.due)
            ended.push_back(&b);
    const std::function<awaitable<void>(std::size_t)> each = [&](std::size_t i) { return collect_one(ctx, *ended[i]); };
    if (!ended.empty())
        co_await for_each(ended.size(), collects_at_once, each);
}

} // namespace smelt::orchestrator
