#pragma once

#include "smelt/base/threads.hpp"
#include "smelt/config/pipeline.hpp"
#include "smelt/config/settings.hpp"
#include "smelt/db/pool.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/extraction/compiled_task.hpp"
#include "smelt/http/client.hpp"
#include "smelt/orchestrator/run.hpp"
#include "smelt/provider/provider.hpp"
#include "smelt/store/batches.hpp"
#include "smelt/store/rules.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace smelt::orchestrator {

using boost::asio::awaitable;
class heartbeat;

/// A stored task version made ready: what an open batch is judged by, whatever the pipeline file says today.
struct loaded_version {
    explicit loaded_version(task_definition definition);
    extraction::compiled_task task;
    std::vector<store::expression> rules;
};

struct registered_task {
    task_id id;
    version_id version;
    const config::task_spec *spec = nullptr;
    std::optional<task_id> need;
    std::optional<std::int64_t> batch_limit;
    std::shared_ptr<const loaded_version> ready;
    std::optional<std::vector<std::int64_t>> sample; ///< --sample: the only records that may be claimed
    bool has_changed = false;                        ///< since the last run
    bool is_new = false;                             ///< in the file since the last run
};

/// Somebody who answers, and the identity used there.
struct service {
    const config::provider_spec *spec = nullptr;
    account_id account;
    std::unique_ptr<http::client> client;
    std::unique_ptr<provider::provider> api; ///< made when first needed: a status-only pass needs no key
    std::string key_fingerprint;             ///< of the key that api uses, or that was used last; empty: none yet
    bool is_key_stored = false;              ///< that this is the pipeline's key now
    bool is_answering = false; ///< a batch is being sent to a synchronous service; others wait for their turn
};

struct registered_pipeline {
    pipeline_id id;
    const config::pipeline *config = nullptr;
    service main;
    std::optional<service> fallback;
    std::vector<registered_task> tasks;
    bool fields_checked = false;
    std::string failing;      ///< why its service could not be reached last, once the run's connections are closed
    bool is_unloaded = false; ///< its source cannot be loaded: what there is is collected, nothing more is sent

    [[nodiscard]] const registered_task *task(task_id t) const;
    /// Whether the file still says how to reach this account.
    [[nodiscard]] bool names(account_id account) const;
    /// Whom an account belongs to: the main service unless it is the fallback's.
    service &service_of(account_id account);
};

/// What one invocation shares. Lives on the io_context's thread except where a member says otherwise.
struct context {
    context(const config::settings &s, std::string database, const run_options &o, const progress_sink &r);
    ~context();

    const config::settings &settings;
    const std::string conninfo;
    const run_options &options;
    const progress_sink &report;

    boost::asio::io_context io{1};
    db::pool db;
    boost::asio::thread_pool cpu{0}; ///< what is posted there may use db
    thread_team judges{2, [this] { cpu.attach(); }, [this] { cpu.stop(); }};

    runner_id runner;                 ///< 0 until begin_runner
    std::unique_ptr<heartbeat> lease; ///< renews it
    std::string installation;
    std::vector<registered_pipeline> pipelines;
    run_summary summary;
    std::int64_t claimed = 0; ///< against --max
    bool progressed = false;  ///< something moved in this pass; a failed upload has moved nothing
    bool cancelled = false;   ///< what was under way was cut off: what comes of that is no problem of the provider's
    bool stopping = false;    ///< it is to end: nothing new is begun
    std::optional<std::chrono::steady_clock::time_point> deadline; ///< from --timeout: what is under way ends then
    bool load_is_due = false;                                      ///< another run was loading, so this pass has not
    std::map<std::string, std::string> identified; ///< nonces of jobs that had to be looked into, by remote id
    std::set<std::int32_t> stuck;                  ///< batches that wait for a person in this pass
    std::set<std::int32_t> paused_accounts;        ///< nothing more is submitted there in this pass
    std::set<std::string> new_holds;               ///< reasons of those placed in this pass: whoever places one says it
    std::set<std::int32_t> accounts_of_unknown_jobs; ///< found in this pass: a person has to say what becomes of them
    /// Whose listing was compared with the database in this pass: an account, and the key that it was shown to.
    std::set<std::pair<std::int32_t, std::string>> compared;
    std::exception_ptr first_problem;  ///< the worst of the pass; of several alike the first
    std::exception_ptr problem_before; ///< of the pass before, while a pass is under way
    std::exception_ptr sync_problem;   ///< of pipelines that this invocation has to leave out

    registered_pipeline &pipeline_of(const store::batch_row &b);
    service &service_of(const store::batch_row &b) { return pipeline_of(b).service_of(b.account); }
    provider::provider &api_of(registered_pipeline &p, service &s);
    provider::provider &api_of(registered_pipeline &p) { return api_of(p, p.main); }
    /// Of the service that the batch was or is to be sent to.
    provider::provider &api_of(const store::batch_row &b) { return api_of(pipeline_of(b), service_of(b)); }
    /// The batch's job as it is stored, with the fingerprint of the key that saw it.
    store::remote_view view_of(const store::batch_row &b, const provider::remote_batch &job);
    std::vector<std::int32_t> pipeline_ids() const;
    /// Thread safe: loads and compiles a stored version once.
    std::shared_ptr<const loaded_version> version(db::connection &c, version_id v);
    /// While one lives, the end that a signal asks for is put off: what is under way would be lost, and paid for.
    class unfinished {
      public:
        explicit unfinished(context &ctx) : ctx_{ctx} { ++ctx_.unfinished_; }
        ~unfinished();
        unfinished(const unfinished &) = delete;
        unfinished &operator=(const unfinished &) = delete;

      private:
        context &ctx_;
    };
    [[nodiscard]] bool is_late() const { return deadline && std::chrono::steady_clock::now() >= *deadline; }
    /// After a signal, or at deadline: calls `end` as soon as nothing is unfinished.
    void stop(std::function<void()> end);
    /// What the pass before has said is said no more: notes are true at the end of the run.
    void begin_pass();
    void note(std::string sentence);
    /// Keeps the worst problem of the pass, which is said once: by the command when it ends with it, else in the log.
    /// Others are logged.
    void problem(const std::exception_ptr &e, const std::string &what);
    /// The batch stands still until a person has done what the sentence says.
    void needs_person(const store::batch_row &b, std::string sentence);

    /// Says in the log what the run goes on after.
    void say_problem() const;

  private:
    std::string first_sentence_, first_place_;
    std::vector<std::string> notes_before_;    ///< of the pass before: they are in the log already
    std::optional<std::size_t> notes_of_sync_; ///< the first ones, about the pipeline files, stay
    int unfinished_ = 0;
    std::function<void()> end_; ///< of the run, once it is asked for
    std::mutex versions_mutex_;
    std::map<version_id, std::shared_ptr<const loaded_version>> versions_;
};

/// Joins two coroutines; the first failure cancels the other and is rethrown as itself.
awaitable<void> join(awaitable<void> a, awaitable<void> b);

/// Runs each(i) for i in [0, n) with at most `width` at a time.
awaitable<void> for_each(std::size_t n, std::size_t width, std::function<awaitable<void>(std::size_t)> each);

/// Runs a step of one batch or pipeline: what is wrong with it is the pass's problem, told by `what`, and the others go
/// on. Only what concerns all of them is thrown: the end of the run, and a database that cannot be reached.
awaitable<void> isolated(context &ctx, std::string what, awaitable<void> step);

/// Pauses; cancelled by the end of the run.
awaitable<void> pause(context &ctx, milliseconds how_long);

} // namespace smelt::orchestrator
