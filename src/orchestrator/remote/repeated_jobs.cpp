#include "repeated_jobs.hpp"

#include "smelt/orchestrator/decide.hpp"
#include "smelt/store/listings.hpp"

#include <fmt/format.h>

#include <map>

namespace smelt::orchestrator {
namespace {

/// Nonces that more than one job bears. A service without metadata shows none.
std::vector<std::string> shared_nonces(const std::vector<provider::remote_batch> &listed) {
    std::map<std::string, int> jobs;
    for (const auto &job : listed)
        if (!job.nonce.empty())
            ++jobs[job.nonce];
    std::vector<std::string> shared;
    for (const auto &[nonce, count] : jobs)
        if (count > 1)
            shared.push_back(nonce);
    return shared;
}

awaitable<void> cancel_repeated(context &ctx, const registered_pipeline &p, provider::provider &api,
                                const provider::remote_batch &job, const std::string &own_job) {
    const bool over = provider::is_terminal(job.state);
    if (!over)
        co_await api.cancel(job.id);
    ctx.note(fmt::format("{}: the service, or a gateway before it, made job {} beside {} from one call; {}, what it "
                         "cost is waste and not counted in smelt.spend",
                         p.config->name, job.id, own_job, over ? "it has ended" : "it was cancelled"));
}

} // namespace

awaitable<void> cancel_repeated_jobs(context &ctx, const registered_pipeline &p, provider::provider &api,
                                     const std::vector<provider::remote_batch> &listed) {
    const auto shared = shared_nonces(listed);
    if (shared.empty())
        co_return;
    auto look = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        return store::listings{tx}.jobs_of(shared);
    };
    const auto own_jobs = co_await ctx.db.run(look);
    const auto repeated = repeated_jobs(listed, own_jobs);
    for (const auto &job : repeated) {
        if (job.state == provider::remote_state::cancelled || job.state == provider::remote_state::cancelling)
            continue;
        auto step = cancel_repeated(ctx, p, api, job, own_jobs.at(job.nonce));
        co_await isolated(ctx, "job " + job.id, std::move(step));
    }
}

} // namespace smelt::orchestrator
