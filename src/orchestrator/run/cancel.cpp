#include "orchestrator/load/sync.hpp"
#include "session.hpp"

#include "smelt/base/error.hpp"
#include "smelt/store/holds.hpp"

#include <fmt/format.h>

namespace smelt::orchestrator {
namespace {

struct marked {
    std::vector<store::batch_row> rows;
    std::vector<cancel_result> refused;
};

/// The mark comes first: whatever happens to the call, status shows that the batch is meant to stop.
marked mark(db::connection &c, const registered_pipeline &p, const std::vector<std::int32_t> &batches, bool requeue) {
    db::transaction tx{c};
    store::batches table{tx};
    for (const auto &task : p.tasks) // whoever is claiming there finishes first
        table.lock_task(task.id);
    marked out;
    std::set<std::int32_t> held;
    for (const auto number : batches) {
        auto row = table.find({number});
        if (!row || row->pipeline != p.id || row->state == batch_state::closed ||
            row->state == batch_state::abandoned) {
            out.refused.push_back({number, row ? std::string{to_string(row->state)} : "absent",
                                   "not an unfinished batch of this pipeline"});
            continue;
        }
        table.request_cancel(row->id, requeue);
        if (!requeue && held.insert(row->task.value).second)
            store::holds{tx}.place(p.id, {row->task, {}, {}}, "cancel", "its batches were cancelled", std::nullopt, {});
        out.rows.push_back(std::move(*row));
    }
    tx.commit();
    return out;
}

awaitable<cancel_result> cancel_one(run_pass &pass, const store::batch_row &b) {
    cancel_result result{b.id.value, std::string{to_string(b.state)}, {}};
    if (b.dispatched) {
        result.note = "a run at work on it sends nothing more; what is under way is still collected";
        co_return result;
    }
    if (!pass.pipelines.of(b).names(b.account)) {
        result.note = "it was made with another provider, base_url, organization or project than the file names now";
        co_return result;
    }
    if (b.remote_id.empty()) {
        result.note = "not known to the provider yet; nothing to cancel there";
        co_return result;
    }
    try {
        const auto job = co_await pass.pipelines.batch_api_of(b).cancel(b.remote_id);
        result.state = job.status;
        result.note = "finished answers are still collected by the next run";
    } catch (const http::transport_error &e) {
        result.note =
            fmt::format("the provider could not be asked, and goes on: {}; call smelt cancel again", e.what());
        result.is_unreachable = true;
    } catch (const provider::provider_error &e) {
        result.note = fmt::format("the provider refused: {}", e.what());
    }
    co_return result;
}

} // namespace

std::vector<cancel_result> cancel(const config::settings &settings, const config::pipeline &p,
                                  const std::vector<std::int32_t> &batches, bool requeue) {
    const progress_sink silent = [](const run_progress &) {};
    const run_options options;
    session s{settings, options, silent};
    auto &pass = s.pass();
    const std::vector<config::pipeline> one{p};
    std::vector<cancel_result> results;
    const auto work = [&]() -> awaitable<void> {
        co_await sync(pass, one);
        auto &registered = pass.pipelines.only();
        auto first = [&](db::connection &c) { return mark(c, registered, batches, requeue); };
        auto done = co_await pass.run.db.run(first);
        results = std::move(done.refused);
        for (const auto &row : done.rows)
            results.push_back(co_await cancel_one(pass, row));
    };
    s.execute(work());
    return results;
}

} // namespace smelt::orchestrator
