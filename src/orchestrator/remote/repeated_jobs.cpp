#include "repeated_jobs.hpp"

#include "orchestrator/transactions.hpp"

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

awaitable<void> cancel_repeated(run_pass &pass, const registered_pipeline &p, provider::batch_api &api,
                                const provider::remote_batch &job, const std::string &own_job) {
    const bool over = provider::is_terminal(job.state);
    if (!over)
        co_await api.cancel(job.id);
    pass.event(fmt::format("{}: the service, or a gateway before it, made job {} beside {} from one call; {}, what it "
                           "cost is waste and not counted in smelt.spend",
                           p.config->name, job.id, own_job, over ? "it has ended" : "it was cancelled"));
}

} // namespace

awaitable<void> cancel_repeated_jobs(run_pass &pass, const registered_pipeline &p, provider::batch_api &api,
                                     const std::vector<provider::remote_batch> &listed) {
    const auto shared = shared_nonces(listed);
    if (shared.empty())
        co_return;
    auto look = [&](db::transaction &tx) { return store::listings{tx}.jobs_of(shared); };
    const auto own_jobs = co_await read(pass.run, look);
    const auto repeated = repeated_jobs(listed, own_jobs);
    for (const auto &job : repeated) {
        if (job.state == provider::remote_state::cancelled || job.state == provider::remote_state::cancelling)
            continue;
        auto step = cancel_repeated(pass, p, api, job, own_jobs.at(job.nonce));
        co_await isolated(pass, "job " + job.id, std::move(step));
    }
}

} // namespace smelt::orchestrator
