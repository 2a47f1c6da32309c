#include "listing.hpp"

#include "orchestrator/failover.hpp"
#include "orchestrator/holds.hpp"
#include "orchestrator/transactions.hpp"
#include "repeated_jobs.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/provider/clock_slack.hpp"
#include "smelt/provider/paging.hpp"
#include "smelt/store/listings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace smelt::orchestrator {
namespace {

/// Some services write dates that are not understood: such a job is of any age.
constexpr std::chrono::system_clock::time_point unknown{};

store::compared listed_so_far(db::connection &c, const service &s) {
    db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
    return store::listings{tx}.compared_until(s.account, s.key_fingerprint);
}

/// The job's nonces are looked up after the listing was read: what another run has made meanwhile is known by then,
/// because its intent was committed before its create.
std::vector<std::string> not_ours(db::connection &c, const std::vector<std::string> &nonces) {
    db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
    return store::listings{tx}.unrecognised_nonces(nonces);
}

/// What each pipeline that lost a job has to do: only it can take its own in.
std::string adopt_commands(const registered_pipeline &p, const std::vector<provider::remote_batch> &found) {
    std::set<std::string> owners;
    for (const auto &job : found)
        owners.insert(pipeline_of(job).empty() ? p.config->name : pipeline_of(job));
    std::string commands;
    for (const auto &owner : owners)
        commands += (commands.empty() ? "`" : ", `") + ("smelt adopt --from-provider " + owner) + "`";
    return commands + (owners.size() == 1 ? " takes" : " take");
}

user_action_needed not_recognised(const registered_pipeline &p, const std::vector<provider::remote_batch> &found) {
    return user_action_needed{
        fmt::format("{}: the provider has {} of this installation that this database does not know, the oldest is "
                    "{}{}; was the database restored from a backup, or is a copy of it at work? Nothing was sent",
                    p.config->name, found.size() == 1 ? "a batch" : std::to_string(found.size()) + " batches",
                    found.front().id, found.front().task.empty() ? "" : " of " + found.front().task),
        fmt::format("see docs/operations.md, \"After a restore\"; {} them in, then `smelt run` goes on",
                    adopt_commands(p, found))};
}

} // namespace

bool can_list(const provider::dialect &api) {
    return api.capabilities().find_by == provider::lookup::metadata ||
           api.capabilities().find_by == provider::lookup::name;
}

bool can_find(const provider::dialect &api) {
    return api.capabilities().find_by != provider::lookup::none;
}

bool is_job_of(const provider::remote_batch &job, const std::string &nonce, const std::string &input_file) {
    if (!job.nonce.empty())
        return job.nonce == nonce;
    return !input_file.empty() && job.input_file == input_file;
}

std::string job_title(const std::string &pipeline, const std::string &task, int rung) {
    const auto whole = pipeline + "/" + task;
    if (rung == fallback_rung)
        return whole + ".fallback";
    return rung > 0 ? whole + "." + std::to_string(rung) : whole;
}

std::optional<int> rung_of(const provider::remote_batch &job, const std::string &pipeline, const std::string &task) {
    constexpr int longest_ladder = 8;
    for (int rung = fallback_rung; rung <= longest_ladder; ++rung)
        if (job.task == job_title(pipeline, task, rung))
            return rung;
    return std::nullopt;
}

std::string pipeline_of(const provider::remote_batch &job) {
    const auto slash = job.task.rfind('/');
    return slash == std::string::npos ? std::string{} : job.task.substr(0, slash);
}

awaitable<own_jobs> list_ours(const run_pass &pass, provider::batch_api &api, milliseconds age) {
    own_jobs ours;
    std::optional<std::chrono::system_clock::time_point> oldest;
    const bool anybodys = !can_list(api);
    std::set<std::string> seen; // what is made or deleted meanwhile moves the pages
    provider::page_turner pages{"list batches"};
    std::string next;
    do {
        auto page = co_await api.list(pages.cursor());
        ours.incomplete = ours.incomplete || page.incomplete;
        if (!oldest) {
            ours.now = page.now.value_or(std::chrono::system_clock::now());
            oldest = ours.now - age - provider::clock_slack;
        }
        bool reached = !page.batches.empty() && api.capabilities().newest_first;
        for (auto &job : page.batches) {
            reached = reached && job.created < *oldest && job.created != unknown;
            if (!seen.insert(job.id).second)
                continue;
            if (anybodys || (job.installation == pass.run.installation && !job.nonce.empty()))
                ours.batches.push_back(std::move(job));
        }
        next = reached ? std::string{} : std::move(page.next);
    } while (pages.turn(std::move(next)));
    co_return ours;
}

awaitable<std::vector<provider::remote_batch>> unrecognised_jobs(run_pass &pass, const registered_pipeline &p,
                                                                 own_jobs ours) {
    auto &listed = ours.batches;
    std::vector<std::string> nonces;
    nonces.reserve(listed.size());
    for (const auto &job : listed)
        nonces.push_back(job.nonce);
    auto work = [&](db::connection &c) { return not_ours(c, nonces); };
    const auto found_nonces = co_await pass.run.db.run(work);
    const std::set<std::string> not_known_here{found_nonces.begin(), found_nonces.end()};
    std::vector<provider::remote_batch> found;
    std::reverse(listed.begin(), listed.end());
    for (auto &job : listed)
        if (not_known_here.contains(job.nonce))
            found.push_back(std::move(job));
    // Dates have seconds only; what they leave open, the listing's order decides.
    std::ranges::stable_sort(found, {}, &provider::remote_batch::created);
    if (!found.empty())
        log::debug("{}: {} jobs of this installation are not known here", p.config->name, found.size());
    co_return found;
}

namespace {

/// Why nothing may be sent after a listing, or null.
std::exception_ptr what_forbids_sending(run_pass &pass, registered_pipeline &p, account_id account,
                                        const std::vector<provider::remote_batch> &unrecognised, bool incomplete) {
    if (!unrecognised.empty()) {
        pass.accounts_of_unrecognised_jobs.insert(account.value);
        return std::make_exception_ptr(not_recognised(p, unrecognised));
    }
    if (!incomplete)
        return nullptr;
    return std::make_exception_ptr(
        unavailable{p.config->name + ": the provider's listing holds something that cannot be read and may be a "
                                     "batch of this installation; nothing is sent",
                    "the next run looks again; where it stays like this: provider.quirks.list: false"});
}

} // namespace

awaitable<void> refuse_unrecognised_jobs(run_pass &pass, registered_pipeline &p, service &s) {
    const bool is_listed = can_list(pass.pipelines.dialect_of(p, s));
    auto whose = std::make_pair(s.account.value, s.key_fingerprint);
    if (!is_listed || !pass.compared.insert(std::move(whose)).second)
        co_return;
    auto look = [&](db::connection &c) { return listed_so_far(c, s); };
    const auto until = co_await pass.run.db.run(look);
    std::exception_ptr failure;
    std::string refusal;
    bool is_unreachable = false;
    try {
        auto &api = pass.pipelines.batch_api_of(p, s);
        failpoint("submit.before_list");
        auto listed = co_await list_ours(pass, api, until.age);
        const bool incomplete = listed.incomplete;
        co_await cancel_repeated_jobs(pass, p, api, listed.batches);
        const auto found = co_await unrecognised_jobs(pass, p, std::move(listed));
        failpoint("submit.after_list");
        failure = what_forbids_sending(pass, p, s.account, found, incomplete);
    } catch (const http::transport_error &) {
        failure = std::current_exception();
        is_unreachable = true;
    } catch (const provider::provider_error &e) {
        // What a changed file puts right needs no hold: the next run asks again.
        if (e.kind() == provider::failure_kind::not_found || e.kind() == provider::failure_kind::unsupported)
            failure = std::make_exception_ptr(user_action_needed{p.config->name + ": " + e.what()});
        else if (provider::needs_person(e.kind()))
            refusal = e.what();
        else
            failure = std::current_exception();
        is_unreachable = failure && !provider::is_refusal(e.kind());
        if (!refusal.empty())
            failure = std::make_exception_ptr(user_action_for(p, refusal));
    }
    if (!refusal.empty()) {
        const store::held everybody{{}, {}, s.account};
        co_await store_hold(pass, p, everybody, "refused", refusal, std::nullopt);
    }
    if (is_unreachable)
        co_await note_unreachable(pass, s.account);
    if (failure) {
        pass.paused_accounts.insert(s.account.value);
        pass.problem(failure, p.config->name + ": nothing is sent before the provider's batches were compared");
        co_return;
    }
    auto work = [&](db::transaction &tx) { store::listings{tx}.set_compared(s.account, s.key_fingerprint, until.now); };
    co_await write(pass.run, work);
}

} // namespace smelt::orchestrator
