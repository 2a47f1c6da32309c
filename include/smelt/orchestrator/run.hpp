#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/config/settings.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// One invocation of smelt run: passes of load, recover, poll, collect, submit over some pipelines.
namespace smelt::orchestrator {

using std::chrono::milliseconds;

struct run_options {
    std::optional<std::int64_t> max;    ///< claims of this invocation over all passes, tasks, pipelines and retries
    std::string name;                   ///< display name of the batches
    std::string task;                   ///< only this task submits
    std::string model;                  ///< --model: makes a task version marked as override
    std::optional<std::int64_t> sample; ///< N random claimable items and only those
    bool wait = false;
    milliseconds poll{std::chrono::seconds{30}};
    milliseconds timeout{0}; ///< 0: none
    bool accept_changes = false;
    bool allow_old_version = false;
    bool collect_only = false;     ///< looks for what was sent and collects it; nothing is loaded or sent
    bool serves_forgotten = false; ///< also a pipeline that is marked as forgotten, whose rest is removed
};

/// What happened, in numbers; the same for people and for --json.
struct run_summary {
    std::int64_t records_added = 0, records_changed = 0;
    std::int64_t batches_submitted = 0, requests_submitted = 0;
    std::int64_t batches_collected = 0;
    std::int64_t accepted = 0, rejected = 0, other = 0; ///< result lines applied
    picousd cost = 0;                                   ///< of these, as far as prices are known
    bool is_partly_unpriced = false;                    ///< the cost of some of them is not known
    std::int64_t in_flight = 0;                         ///< open batches left
    std::int64_t claimable = 0;                         ///< items that could be sent now or later
    milliseconds first_due{0};                          ///< until the first of these may be sent; 0: now, or not known
    std::int64_t failed = 0;                            ///< items of these pipelines that ended failed
    std::vector<std::string>
        notes;                     ///< one sentence each: what has happened in any pass, then what is so after the last
    std::int64_t stuck_writes = 0; ///< events that could not be written into the user's tables
    bool timed_out = false;
    bool collected_only = false; ///< nothing was loaded or sent
    bool needs_person = false;   ///< something stands still until a person has done what a note says
    /// The first problem of the last pass, an `error`: it ends the command with its exit code, what was done stays
    /// done.
    std::exception_ptr problem;
};

/// A moment of a run, for progress displays. Numbers are totals of this invocation.
struct run_progress {
    std::string stage; ///< "load", "recover", "poll", "collect", "submit", "wait"
    std::string pipeline;
    std::int64_t done = 0;
    std::int64_t total = 0; ///< 0: not known
    std::string note;
};
using progress_sink = std::function<void(const run_progress &)>;

/// Runs until the pass is over (or, with wait, nothing is left in flight). SIGINT and SIGTERM end it with `interrupted`
/// after the slice in hand. Throws smelt::error of the fitting exit code for what keeps it from running at all.
run_summary run(const config::settings &settings, const std::vector<config::pipeline> &pipelines,
                const run_options &options, const progress_sink &report);

/// What a load reads, and what it may do.
struct load_choice {
    std::vector<std::string> files; ///< instead of the source's own patterns when not empty; relative to the current
                                    ///< directory
    bool accept_changes = false;    ///< also when many finished items are sent again
    bool reread = false;            ///< also files that have not changed, so that filters are evaluated again
    bool only_if_due = false;       ///< not before source.every is over
};

/// Only loads.
run_summary load(const config::settings &settings, const config::pipeline &p, const load_choice &choice,
                 const progress_sink &report);

/// What smelt write-back does beside writing what waits.
struct write_back_choice {
    bool retry = false;               ///< also what could not be written, which is tried again later otherwise
    bool all = false;                 ///< an event for each item that needs nothing more is added first
    std::optional<std::string> since; ///< with `all`: only of items with an answer from this time on
    bool dry_run = false;             ///< only says what waits
};
/// Events of one task and kind.
struct write_back_state {
    std::string task, event;
    std::int64_t waiting = 0; ///< after it
    std::int64_t stuck = 0;   ///< of these, such as could not be written
};
struct write_back_result {
    std::int64_t added = 0, written = 0;
    std::vector<write_back_state> left;
    std::vector<std::string> notes;
};
/// Writes into the user's tables what waits to be written. Throws usage_error for a pipeline without write_back.
write_back_result write_back(const config::settings &settings, const config::pipeline &p,
                             const write_back_choice &choice, const progress_sink &report);

/// Asks the provider to cancel open batches of a pipeline. requeue false puts the tasks on hold.
struct cancel_result {
    std::int32_t batch = 0;
    std::string state, note;
    bool is_unreachable = false; ///< the provider could not be asked, and goes on
};
std::vector<cancel_result> cancel(const config::settings &settings, const config::pipeline &p,
                                  const std::vector<std::int32_t> &batches, bool requeue);

/// Removes requests from the spool folder that runs have left there that do not live any more.
void remove_lost_requests(const config::settings &settings);

/// Of a pipeline that is marked as forgotten and has no records any more: writes back what its tables are to be told,
/// and deletes its files at providers. Returns sentences for the user. Throws what stands in the way.
std::vector<std::string> finish_forgotten(const config::settings &settings, const config::pipeline &p);

/// One job that the provider has and the database did not know.
struct adopted_job {
    std::string remote_id;
    std::int32_t batch = 0;    ///< its number here; 0: it was left alone
    std::int64_t requests = 0; ///< that it was asked
    std::int64_t taken = 0;    ///< of these, the ones whose answers are waited for
    std::string note;          ///< why it was left alone
};
/// After a restore: takes in the jobs of this installation that the provider lists and the database does not know, the
/// oldest first, and collects what has ended. A request is taken in when its item is claimable and would be sent in the
/// same bytes. With dismiss_others the pipeline's jobs of which nothing is taken in are noted and cancelled, else
/// they are left alone, as are those of other pipelines. Loads first. Throws unavailable when the provider cannot be
/// asked or another run is loading.
std::vector<adopted_job> adopt_from_provider(const config::settings &settings, const config::pipeline &p,
                                             bool dismiss_others, const progress_sink &report);

} // namespace smelt::orchestrator
