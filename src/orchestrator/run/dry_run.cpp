#include "orchestrator/holds.hpp"
#include "orchestrator/load/load.hpp"
#include "orchestrator/load/sync.hpp"
#include "orchestrator/submit/build.hpp"
#include "orchestrator/submit/fields.hpp"
#include "orchestrator/transactions.hpp"
#include "session.hpp"

#include "smelt/store/items.hpp"

#include <algorithm>

namespace smelt::orchestrator {
namespace {

constexpr std::int64_t previewed = 100;

/// How many batches, and what the input will cost, by the size of the requests that were rendered.
void estimate(dry_run_task &out, const config::provider_spec &asked,
              const provider::service_capabilities &capabilities) {
    const auto by_size = asked.limits.bytes_per_batch / std::max<std::int64_t>(1, out.bytes_per_request);
    const auto per_batch =
        std::min({asked.limits.requests_per_batch, capabilities.max_requests, std::max<std::int64_t>(1, by_size)});
    out.batches = (out.claimable + per_batch - 1) / per_batch;
    const auto input_tokens = out.claimable * out.bytes_per_request / bytes_per_token;
    if (const auto price = config::price_of(asked, out.model))
        out.input_cost_usd = static_cast<double>(input_tokens * price->input) / 1e12;
}

dry_run_task preview(db::connection &c, run_pass &pass, registered_pipeline &p, const registered_task &task, int rung) {
    db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
    store::items items{tx};
    dry_run_task out;
    out.rung = rung;
    const auto definition = expanded(task.ready->task.definition(), *p.config, rung);
    out.task = definition.name;
    out.model = definition.model;
    out.claimable = items.claimable(p.id, task.id, rung, true);
    if (pass.run.options.max)
        out.claimable = std::min(out.claimable, *pass.run.options.max);
    auto &asked = p.asked_on(task, rung);
    for (auto &hold : holds_of(tx, asked, task.id, rung))
        out.holds.push_back(std::move(hold.reason));
    const auto encoder = encoder_for(pass.pipelines.dialect_of(p, asked), p, task, rung);
    std::int64_t bytes = 0;
    std::int64_t rendered = 0;
    const auto add = [&](const store::claimed_item &item) {
        std::string line;
        try {
            encoder->encode(custom_id(std::string(26, 'x'), item.record), task.ready->task.render(item.fields, nullptr),
                            line);
        } catch (const extraction::render_error &) {
            return true;
        }
        bytes += static_cast<std::int64_t>(line.size());
        if (++rendered == 1)
            out.request = line;
        return true;
    };
    items.preview(p.id, task.id, rung, previewed, task.needs, add);
    if (rendered == 0)
        return out;
    out.bytes_per_request = bytes / rendered;
    estimate(out, *asked.spec, pass.pipelines.dialect_of(p, asked).capabilities());
    return out;
}

} // namespace

std::vector<dry_run_task> dry_run(const config::settings &settings, const config::pipeline &p,
                                  const run_options &options) {
    const progress_sink silent = [](const run_progress &) {};
    session s{settings, options, silent};
    auto &pass = s.pass();
    const std::vector<config::pipeline> one{p};
    std::vector<dry_run_task> tasks;
    const auto work = [&]() -> awaitable<void> {
        co_await sync(pass, one);
        auto &registered = pass.pipelines.only();
        const load_choice choice{{}, options.accept_changes, false};
        co_await load_records(pass, registered, choice);
        auto check = [&](db::transaction &tx) { check_fields(tx, registered); };
        co_await read(pass.run, check);
        // Nothing is sent, so no key is needed to see what would be.
        for (auto &asked : registered.services) {
            asked->client = std::make_unique<http::client>(pass.run.io.get_executor(), http::client_options{});
            asked->connect({}, *asked->client);
        }
        for (const auto &task : registered.tasks) {
            if (!options.task.empty() && options.task != task.spec->definition.name)
                continue;
            const auto rungs = static_cast<int>(task.rungs.size());
            const bool has_fallback = p.has_fallback(*task.spec);
            auto lower = [&](db::transaction &tx) {
                store::items{tx}.lower(registered.id, task.id, rungs - 1, has_fallback);
            };
            co_await write(pass.run, lower);
            for (int rung = registered.lowest_rung(task); rung < rungs; ++rung) {
                auto look = [&](db::connection &c) { return preview(c, pass, registered, task, rung); };
                auto seen = co_await pass.run.db.run(look);
                if (rung == 0 || seen.claimable > 0)
                    tasks.push_back(std::move(seen));
            }
        }
    };
    s.execute(work());
    return tasks;
}

} // namespace smelt::orchestrator
