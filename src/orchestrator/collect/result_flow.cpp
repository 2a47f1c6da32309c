#include "result_flow.hpp"

#include "orchestrator/database_retry.hpp"
#include "orchestrator/failover.hpp"

#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/items.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <iterator>

namespace smelt::orchestrator {

namespace asio = boost::asio;

namespace {

/// Null ends a stream: closing a channel of Asio 1.26 would drop what it still holds.
template <class Channel, class T>
awaitable<void> put(Channel &to, std::shared_ptr<T> value) {
    co_await to.async_send(boost::system::error_code{}, std::move(value), asio::use_awaitable);
}

template <class T, class Channel>
awaitable<std::shared_ptr<T>> receive(Channel &from) {
    co_return co_await from.async_receive(asio::use_awaitable);
}

/// Runs CPU work off the loop's thread.
template <class Work>
awaitable<void> on_cpu(run_pass &pass, Work &work) {
    auto initiate = [&](auto handler) {
        auto guard = asio::make_work_guard(handler);
        asio::post(pass.run.cpu, [&work, handler = std::move(handler), guard = std::move(guard)]() mutable {
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

/// The ledger as it is stored when the slice was committed after all.
std::optional<store::ledger> stored_after(db::connection &c, const store::batch_row &b, const store::slice &slice) {
    db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
    const auto row = store::batches{tx}.find(b.id);
    const bool is_there =
        row && row->epoch == b.epoch && row->reached == slice.to && row->counts.accounted() == slice.counts.accounted();
    return is_there ? std::optional{row->counts} : std::nullopt;
}

} // namespace

result_flow::result_flow(run_pass &pass, registered_pipeline &p, store::batch_row &b)
    : pass_{pass},
      pipeline_{p},
      batch_{b},
      dialect_{pass.pipelines.dialect_of(b)},
      raw_{pass.run.io, 1},
      judged_{pass.run.io, 1},
      sent_{b.reached} {}

awaitable<void> result_flow::prepare() {
    std::vector<std::int64_t> waiting;
    std::vector<std::int64_t> applied;
    auto work = [&](db::connection &c) {
        auto version = pass_.run.versions.get(c, batch_.version);
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        store::batches table{tx};
        for (auto &request : table.waiting_records(batch_.id)) {
            waiting.push_back(request.record);
            if (!request.built_from.empty())
                plan_.built_from[request.record] = std::move(request.built_from);
        }
        applied = table.applied_records(batch_.pipeline, batch_.id);
        hidden_.clear();
        for (const auto &[record, texts] : store::items{tx}.hidden(batch_.pipeline, batch_.id))
            hidden_.emplace(record, extraction::read_placeholders(texts));
        return version;
    };
    version_ = co_await pass_.run.db.run(work);
    members_.emplace(waiting, applied);
    plan_.batch = &batch_;
    plan_.version = version_;
    plan_.retry = version_->task.definition().retry;
    plan_.is_late = is_late(pipeline_, batch_);
}

awaitable<void> result_flow::run(awaitable<void> producer) {
    co_await join(produce(std::move(producer)), join(judge_all(), apply_all()));
}

awaitable<void> result_flow::produce(awaitable<void> producer) {
    co_await std::move(producer);
    std::shared_ptr<raw_slice> end;
    co_await put(raw_, std::move(end));
}

awaitable<void> result_flow::send(raw_slice slice) {
    auto next = std::make_shared<raw_slice>(std::move(slice));
    next->from = std::exchange(sent_, next->to);
    co_await put(raw_, std::move(next));
}

awaitable<void> result_flow::judge_all() {
    while (auto raw = co_await receive<raw_slice>(raw_)) {
        auto out = std::make_shared<judged_slice>();
        const auto &service = *pass_.pipelines.service_of(batch_).spec;
        auto work = [&] { *out = judge(*raw, dialect_, batch_, *version_, service, hidden_, *members_); };
        co_await on_cpu(pass_, work);
        std::ranges::move(out->errors, std::back_inserter(errors_));
        co_await put(judged_, std::move(out));
    }
    std::shared_ptr<judged_slice> end;
    co_await put(judged_, std::move(end));
}

awaitable<void> result_flow::apply_all() {
    while (auto slice = co_await receive<judged_slice>(judged_))
        co_await apply(*slice);
}

awaitable<void> result_flow::apply(judged_slice &slice) {
    failpoint("collect.before_slice");
    const auto to = slice.to;
    settled_slice ready;
    // A file can be downloaded again, a synchronous answer cannot.
    const bool given_once = dialect_.capabilities().synchronous();
    auto complete = [&](db::connection &c) {
        if (given_once)
            ready = settle(c, slice, batch_, *version_, batch_.counts);
        else
            ready = settle(c, std::move(slice), batch_, *version_, batch_.counts);
    };
    if (given_once)
        co_await retry_while_away(pass_.run, complete);
    else
        co_await pass_.run.db.run(complete);
    const auto before = batch_.counts;
    int tries = 0;
    auto work = [&](db::connection &c) {
        if (++tries > 1)
            if (const auto stored = stored_after(c, batch_, ready.slice))
                return *stored;
        return apply_slice(c, plan_, ready);
    };
    if (given_once)
        batch_.counts = co_await retry_while_away(pass_.run, work);
    else
        batch_.counts = co_await pass_.run.db.run(work);
    batch_.reached = to;
    report(before);
}

awaitable<void> result_flow::apply_errors() {
    const auto most = static_cast<std::size_t>(pipeline_.config->slice.lines);
    for (std::size_t at = 0; at < errors_.size();) {
        judged_slice slice;
        slice.from = slice.to = batch_.reached;
        for (; at < errors_.size() && slice.lines.size() < most; ++at) {
            if (members_->claim(errors_[at].line.record.value) == membership::membership_kind::fresh)
                slice.lines.push_back(std::move(errors_[at]));
            else
                ++slice.duplicates;
        }
        co_await apply(slice);
    }
    errors_.clear();
}

void result_flow::report(const store::ledger &before) {
    const auto accepted = batch_.counts.accepted - before.accepted;
    const auto rejected = batch_.counts.rejected - before.rejected;
    const auto all = batch_.counts.accounted() - before.accounted();
    pass_.run.summary.accepted += accepted;
    pass_.run.summary.rejected += rejected;
    pass_.run.summary.other += all - accepted - rejected;
    pass_.run.summary.cost += batch_.counts.cost - before.cost;
    if (batch_.counts.unpriced > before.unpriced)
        pass_.run.summary.is_partly_unpriced = true;
    pass_.run.report({"collect",
                      pipeline_.config->name,
                      pass_.run.summary.accepted + pass_.run.summary.rejected + pass_.run.summary.other,
                      0,
                      {}});
}

} // namespace smelt::orchestrator
