#include "identify.hpp"

#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"
#include "smelt/provider/clock_slack.hpp"
#include "smelt/store/listings.hpp"

#include <algorithm>
#include <set>

namespace smelt::orchestrator {
namespace {

/// Ends a download after its first line.
struct enough {};

/// The custom_id of the first result, "" when there is none to be read.
awaitable<std::string> first_custom_id(provider::batch_api &api, const std::string &file) {
    std::string line;
    const http::body_sink sink = [&](std::string_view bytes) -> awaitable<void> {
        line.append(bytes);
        const auto begin = line.find_first_not_of("\r\n ");
        if (begin != std::string::npos && line.find('\n', begin) != std::string::npos)
            throw enough{};
        co_return;
    };
    try {
        co_await api.fetch(file, sink);
    } catch (const enough &) { // the rest is not wanted
    }
    const auto text = trim(line);
    co_return text.empty() ? std::string{} : api.decode(text.substr(0, text.find('\n'))).custom_id;
}

std::set<std::string> not_known(db::connection &c, const std::vector<std::string> &remote_ids) {
    db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
    const auto ids = store::listings{tx}.unrecognised_jobs(remote_ids);
    return {ids.begin(), ids.end()};
}

/// The nonce whose requests an ended job holds; empty when that cannot be read.
awaitable<std::optional<std::string>> nonce_of(run_pass &pass, provider::batch_api &api,
                                               const provider::remote_batch &job) {
    if (const auto known = pass.run.identified.find(job.id); known != pass.run.identified.end())
        co_return known->second;
    std::string id;
    try {
        if (!job.output_file.empty())
            id = co_await first_custom_id(api, job.output_file);
    } catch (const provider::provider_error &e) {
        log::info("{}: whose requests it holds cannot be read: {}", job.id, e.what());
    }
    if (id.empty())
        co_return std::nullopt;
    const auto nonce = id.substr(0, id.rfind('-'));
    pass.run.identified.emplace(job.id, nonce);
    co_return nonce;
}

} // namespace

sought sought_of(const store::batch_row &b, std::chrono::system_clock::time_point now) {
    return {b.sent, now - b.age - provider::clock_slack, now - b.since_window + provider::clock_slack};
}

bool could_be(const provider::remote_batch &job, const sought &s) {
    const bool dated = job.created != std::chrono::system_clock::time_point{};
    return (!job.total || *job.total == s.requests) && (!dated || (job.created >= s.from && job.created <= s.to));
}

awaitable<std::vector<provider::remote_batch>> identify(run_pass &pass, provider::batch_api &api,
                                                        std::vector<provider::remote_batch> &listed,
                                                        const std::vector<sought> &wanted) {
    const auto is_candidate = [&](const provider::remote_batch &job) {
        return std::ranges::any_of(wanted, [&](const sought &s) { return could_be(job, s); });
    };
    std::vector<std::string> candidates;
    for (const auto &job : listed)
        if (is_candidate(job))
            candidates.push_back(job.id);
    auto look = [&](db::connection &c) { return not_known(c, candidates); };
    const auto strange = co_await pass.run.db.run(look);
    std::vector<provider::remote_batch> undecided;
    for (auto &job : listed) {
        if (!strange.contains(job.id))
            continue;
        std::optional<std::string> nonce;
        if (provider::is_terminal(job.state))
            nonce = co_await nonce_of(pass, api, job);
        if (nonce)
            job.nonce = *nonce;
        else
            undecided.push_back(job);
    }
    co_return undecided;
}

} // namespace smelt::orchestrator
