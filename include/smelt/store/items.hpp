#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/domain/status.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace smelt::store {

/// One claimed item on its way into the spool file.
struct claimed_item {
    record_id record;
    int attempts = 0;
    std::string_view fields;      ///< jsonb text, valid during the call; with the needed answers as `tasks`
    std::string previous_answer;  ///< last rejected answer, when there was one
    std::string previous_message; ///< what was wrong with it
    std::string changed_at;       ///< when its record changed, if that was after the claim; else empty
    bool replaces = false;        ///< it has an accepted answer already
    int cuts = 0;                 ///< its answers that this task version cut at their token limit
    std::string built_from;       ///< batches of the needed answers by task, as smelt.item has it; empty: needs none
    bool ready = true;            ///< false: a needed answer has gone since the claim
};

/// What is left to do in a pipeline.
struct queue_state {
    std::int64_t unfinished_batches = 0;
    std::int64_t claimable = 0; ///< now or later
    std::int64_t failed = 0;    ///< ended without a result
    bool is_due = false;        ///< something waits to be looked at (smelt.item_due)
};

class items {
  public:
    explicit items(db::transaction &tx) : tx_{tx} {}

    /// Claims up to limit items of a rung for a batch in the order of the claim index; only those in `only` when it is
    /// given.
    std::int64_t claim(pipeline_id p, task_id t, int rung, batch_id b, std::int64_t limit,
                       const std::optional<std::vector<std::int64_t>> &only);
    /// Claims those of these items that are claimable now or later: their requests were sent already.
    std::int64_t claim_adopted(pipeline_id p, task_id t, batch_id b, const std::vector<std::int64_t> &records);
    /// How many of these items are under way.
    std::int64_t submitted_among(pipeline_id p, task_id t, const std::vector<std::int64_t> &records);
    std::int64_t claimable(pipeline_id p, task_id t, int rung, bool now_only);
    /// Those that have climbed beyond the last rung that there is end without a result; those that wait for a fallback
    /// are asked on rung 0 where there is none any more.
    void lower(pipeline_id p, task_id t, int last_rung, bool has_fallback);
    /// Whether any waits, now or later, on any rung. Cheap however many there are.
    bool any_claimable(pipeline_id p, task_id t);
    /// Milliseconds until the next claimable item's not_before; empty when none waits.
    std::optional<std::int64_t> next_due(pipeline_id p, task_id t, int rung);
    /// How many may be claimed now, counted no further than `most`.
    std::int64_t claimable_up_to(pipeline_id p, task_id t, int rung, std::int64_t most);
    queue_state look_ahead(pipeline_id p);
    /// The same seed chooses the same records in every task.
    std::vector<std::int64_t> sample(pipeline_id p, task_id t, std::int64_t n, std::int64_t seed);

    /// Streams a batch's items, by record where in_order is set; each returns false to stop early. needs: tasks whose
    /// accepted outputs are added.
    void stream(pipeline_id p, task_id t, batch_id b, const std::vector<std::int32_t> &needs, bool in_order,
                const std::function<bool(const claimed_item &)> &each);
    /// As stream, over the first claimable items, or those of these records, without claiming them: for plans.
    void preview(pipeline_id p, task_id t, int rung, std::int64_t n, const std::vector<std::int32_t> &needs,
                 const std::optional<std::vector<std::int64_t>> &only,
                 const std::function<bool(const claimed_item &)> &each);

    /// These were rendered in this transaction from records that a load had changed after the claim, at the times
    /// given: they are not stale unless another load has come since.
    void rendered_anew(pipeline_id p, task_id t, batch_id b, const std::vector<std::int64_t> &records,
                       const std::vector<std::string> &changed_at);
    /// What stands behind the placeholders of a batch's requests, JSON, until it is closed.
    void hide(pipeline_id p, batch_id b, const std::vector<std::int64_t> &records,
              const std::vector<std::string> &texts);
    std::map<std::int64_t, std::string> hidden(pipeline_id p, batch_id b);
    /// Skips claimed items whose record was deleted. Returns how many.
    std::int64_t skip_recordless(pipeline_id p, task_id t, batch_id b);

    /// By record: how many answers were cut at their token limit on this rung, where any was.
    std::map<std::int64_t, int> cuts(pipeline_id p, task_id t, version_id v, int rung,
                                     const std::vector<std::int64_t> &records);
    /// Back with nothing spent: claimed, but not in the spool file.
    void requeue(pipeline_id p, task_id t, batch_id b, const std::vector<std::int64_t> &records);

    /// Folds counted deltas into status_base; true when there was something to fold.
    bool fold_counts();

    struct asked_again {
        std::int64_t items = 0;
        std::int64_t dependents = 0; ///< that wait until these have answered
        std::int64_t kept = 0;       ///< answers that a person has judged, and that stay
    };
    /// smelt retry: items that ended without a result get fresh allowances. Without keys: all of the task.
    asked_again retry(pipeline_id p, task_id t, const std::optional<std::vector<std::string>> &keys);
    /// smelt redo: extracted items.
    struct redo_choice {
        std::optional<std::vector<std::string>> keys; ///< nothing: all of the task
        bool changed_only = false;                    ///< of another version or content than the current one
        bool replace_reviewed = false;                ///< also answers that a person has judged
    };
    asked_again redo(pipeline_id p, task_id t, const redo_choice &choice);

  private:
    db::transaction &tx_;
};

} // namespace smelt::store
