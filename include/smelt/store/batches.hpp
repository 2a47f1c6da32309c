#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/domain/status.hpp"
#include "smelt/domain/usage.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace smelt::store {

using std::chrono::milliseconds;

/// Somebody else took the batch over (or moved it on): this transaction must not go on. Nothing was changed.
class fenced_off : public std::runtime_error {
  public:
    explicit fenced_off(batch_id b);
};

/// The right to write about a batch: every transaction begins by checking it.
struct fence {
    batch_id batch;
    int epoch = 0;
};

/// How far the results were applied: a place in one of the two result files.
struct checkpoint {
    int file = 0; ///< 0 output, 1 error, 2 both done
    std::int64_t offset = 0;
    std::int64_t line = 0;
    friend bool operator==(const checkpoint &, const checkpoint &) = default;
};

/// The columns of the ledger that applying results sets, absolutely.
struct ledger {
    std::int64_t accepted = 0, rejected = 0, errored = 0, expired = 0, cancelled = 0, missing = 0, not_run = 0;
    std::int64_t duplicate_lines = 0, foreign_lines = 0;
    usage tokens;
    picousd cost = 0;          ///< as far as it is known
    std::int64_t unpriced = 0; ///< requests whose cost is not
    double score_sum = 0;

    [[nodiscard]] std::int64_t accounted() const {
        return accepted + rejected + errored + expired + cancelled + missing + not_run;
    }
    std::int64_t &of(outcome_kind outcome);
};

struct batch_row {
    batch_id id;
    pipeline_id pipeline;
    task_id task;
    version_id version;
    account_id account;
    int rung = 0; ///< of the task's ladder, or fallback_rung
    int epoch = 0;
    batch_state state = batch_state::building;
    std::string nonce, model, input_file, remote_id, output_file, error_file, remote_status;
    std::string key_fingerprint; ///< of the key that last saw it or was to make it; empty: none
    std::int64_t claimed = 0;    ///< items, when it was begun
    std::int64_t sent = 0;
    std::int64_t replaces = 0;        ///< of them, those whose items have an accepted answer already
    std::int64_t reserved_tokens = 0; ///< while it is built: how many it may have; 0: any
    std::optional<picousd> reserved;  ///< while it is built: what the budgets have left; nothing: there are none
    std::optional<std::int64_t>
        dispatched; ///< set: of a synchronous service; of the first so many, by record, any may be sent
    ledger counts;
    checkpoint reached;
    int downloads = 0;
    std::optional<std::int64_t> remote_completed, remote_failed;
    bool cancel_requested = false;
    bool asked_since_cancel = false; ///< the provider was asked how it is after that, and has not ended it
    bool cancel_requeue = false;
    bool was_to_be_sent = false;          ///< it has a sending window: a create may have been sent
    milliseconds age{};                   ///< since it was created, by the database's clock
    std::optional<milliseconds> open_for; ///< from when the provider took it until it was seen to have ended, or now
    milliseconds since_window{}; ///< since send_until, negative before it; since it was created when there is none
    milliseconds since_first_download{};

    [[nodiscard]] fence current_fence() const { return {id, epoch}; }
    /// Its sending window and `grace`, for listings that lag, have passed.
    [[nodiscard]] bool window_over(milliseconds grace) const { return was_to_be_sent && since_window > grace; }
};

struct intent {
    pipeline_id pipeline;
    task_id task;
    version_id version;
    int rung = 0;
    account_id account;
    runner_id runner;
    std::string nonce, model, name;
    std::int64_t reserved_tokens = 0;  ///< until it is built, when it is known how many there are
    std::optional<picousd> reserved{}; ///< the same of money
};

/// What was built.
struct built_figures {
    std::int64_t claimed = 0, sent = 0;
    std::int64_t replaces = 0; ///< of the requests, those whose items have an accepted answer already
    std::int64_t bytes = 0;    ///< of the requests
    std::int64_t reserved_tokens = 0;
    std::optional<picousd> reserved; ///< the most that they may cost; nothing: not known
};

/// How far the results of a batch are in the tables.
struct applied_part {
    std::int64_t lines = 0;
    std::optional<picousd> cost; ///< nothing: of some it is not known
};

/// What a poll saw, as stored.
struct remote_view {
    std::string status, output_file, error_file;
    std::optional<std::int64_t> total, completed, failed;
    std::string key_fingerprint; ///< of the key that saw it
};

/// A request that has no line yet.
struct unanswered_request {
    std::int64_t record = 0;
    std::string built_from; ///< batches of the answers that it was rendered from, JSON; empty: none
};

/// The batch state machine. Every change is one fenced statement; each throws fenced_off when the fence no longer
/// holds.
class batches {
  public:
    explicit batches(db::transaction &tx) : tx_{tx} {}

    /// Keeps others from claiming for the task, or deciding whether they may, until the transaction ends.
    void lock_task(task_id t);
    /// Locks the account and returns how many of its batches are under way (building to open).
    std::int64_t lock_account(account_id a);
    /// Whether items of the batch wait for a fallback, which could not take them.
    bool came_back(pipeline_id p, batch_id b);
    /// Something could be sent there, or could not. Returns for how long nothing could.
    void reached(account_id a);
    milliseconds not_reached(account_id a);
    /// Tokens that the account's unfinished batches of this model have reserved. Only under lock_account.
    std::int64_t reserved_tokens(account_id a, const std::string &model);
    fence begin(const intent &i);
    /// As begin, for a job that the provider has and this database forgot. Throws unavailable when the nonce's batch
    /// lives here after all.
    fence begin_adopted(const intent &i);
    /// From building: the job is known from now on, and nothing of it is wanted.
    void dismiss(fence f, const std::string &remote_id, const std::string &why);

    void built(fence f, const built_figures &figures);
    /// From building: there was never such a batch. Its items must have been requeued.
    void discard(fence f);
    void submitting(fence f, const std::string &input_file, milliseconds window, const std::string &key_fingerprint);
    void opened(fence f, const std::string &remote_id, const remote_view &seen);
    /// From building: its requests are answered one by one from now on.
    void answering(fence f, const std::string &key_fingerprint);
    /// The first `n` requests, in the order of their records, may be sent from now on. True: the batch is to stop.
    /// reserved: the most that all that was dispatched may cost; nothing leaves it as it is.
    bool dispatch(fence f, std::int64_t n, std::optional<picousd> reserved = std::nullopt);
    applied_part applied(fence f);
    /// Nothing of it is under way any more.
    void answered(fence f);
    void unknown(fence f, const std::string &why);
    /// From building, submitting or unknown: all items are requeued, nothing is spent. Members are remembered when a
    /// create may have been sent.
    void abandon(fence f, const std::string &why);
    void polled(fence f, const remote_view &seen);
    /// Open, but the provider does not know it any more: unknown, with its remote id, until it is listed or adopted.
    void lost(fence f, const std::string &why);
    /// Open under a remote id that is another batch's: unknown again, and that id is forgotten.
    void disown(fence f, const std::string &why);
    /// The batch that has this remote id.
    std::optional<batch_id> of_remote(const std::string &remote_id);
    void ended(fence f, const remote_view &seen);
    /// Ended, and read once more: files and counts may be filled in after the state.
    void seen_again(fence f, const remote_view &seen);
    /// Locks the batch that stands at this checkpoint; the first statement of a slice's transaction.
    void lock_slice(fence f, const checkpoint &from);
    /// Moves the checkpoint and the ledger.
    void advance(fence f, const checkpoint &from, const checkpoint &to, const ledger &counts);
    /// Another download will be made after a pause; the results are read from the start.
    void download_again(fence f, milliseconds pause);
    void closed(fence f, const std::string &note);
    void note_error(fence f, const std::string &error);

    void request_cancel(batch_id b, bool requeue);

    /// Takes every batch of the pipelines that nobody holds and that has not ended.
    std::vector<batch_row> take(runner_id r, const std::vector<std::int32_t> &pipelines);
    /// Takes one ended batch that nobody holds, this run included, and whose results may be downloaded now.
    std::optional<batch_row> take_ended(runner_id r, const std::vector<std::int32_t> &pipelines);
    void release(fence f);
    void release_all(runner_id r);
    std::vector<unanswered_request> waiting_records(batch_id b);
    std::vector<std::int64_t> applied_records(pipeline_id p, batch_id b);

    /// Abandoned batches whose create may have been sent, younger than `age`: their nonces are looked for in every
    /// listing.
    std::vector<batch_row> abandoned(pipeline_id p, milliseconds age);
    /// A duplicate job turned up late: true when none of its items was sent again and the batch is open now, held by r.
    bool readopt(batch_id b, runner_id r, const std::string &remote_id);
    void note_duplicate_job(batch_id b, const std::string &remote_id, const std::string &note);

    /// What `smelt adopt` says of an unknown batch; of an ended one, that its results are gone.
    std::optional<batch_row> find(batch_id b);
    bool adopt(batch_id b, const std::string &remote_id);
    bool declare_absent(batch_id b);

  private:
    static void fenced(const pqxx::result &r, batch_id b);
    void requeue_all(batch_id b);
    void store_view(const db::statement<9> &statement, fence f, const remote_view &seen);
    db::transaction &tx_;
};

} // namespace smelt::store
