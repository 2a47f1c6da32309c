#include "identify.hpp"

#include "smelt/core/log.hpp"
#include "smelt/store/listings.hpp"

namespace smelt::orchestrator {
namespace {

/// Ends a download after its first line.
struct enough {};

/// The custom_id of the first result, "" when there is none.
awaitable<std::string> first_custom_id(provider::provider &api, const std::string &file) {
    std::string line;
    const http::body_sink sink = [&](std::string_view bytes) -> awaitable<void> {
        const auto end = bytes.find('\n');
        line.append(bytes.substr(0, end));
        if (end != std::string_view::npos)
            throw enough{};
        co_return;
    };
    try {
        co_await api.fetch(file, sink);
    } catch (const enough &) { // the rest is not wanted
    }
    co_return line.empty() ? std::string{} : api.decode(line).custom_id;
}

std::set<std::string> not_known(db::connection &c, const std::vector<std::string> &remote_ids) {
    db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
    const auto ids = store::listings{tx}.unknown_jobs(remote_ids);
    return {ids.begin(), ids.end()};
}

} // namespace

awaitable<std::set<std::int64_t>> identify(context &ctx, provider::provider &api,
                                           std::vector<provider::remote_batch> &listed,
                                           const std::set<std::int64_t> &wanted) {
    std::vector<std::string> candidates;
    for (const auto &job : listed)
        if (job.total && wanted.contains(*job.total))
            candidates.push_back(job.id);
    auto look = [&](db::connection &c) { return not_known(c, candidates); };
    const auto strange = co_await ctx.db.run(look);
    std::set<std::int64_t> not_ended;
    for (auto &job : listed) {
        if (!strange.contains(job.id))
            continue;
        if (!provider::is_terminal(job.state)) {
            not_ended.insert(*job.total);
            continue;
        }
        if (job.output_file.empty())
            continue;
        const auto id = co_await first_custom_id(api, job.output_file);
        job.nonce = id.substr(0, id.rfind('-'));
        log::debug("{} holds requests of nonce {}", job.id, job.nonce);
    }
    co_return not_ended;
}

} // namespace smelt::orchestrator
