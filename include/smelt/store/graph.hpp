#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smelt::store {

/// What becomes of items when an answer that they need comes, is replaced or goes (docs/architecture.md, "The graph").
class graph {
  public:
    explicit graph(db::transaction &tx) : tx_{tx} {}

    /// These records have an accepted answer of the task; replaced: some had one before. What may go on now is due.
    void answered(pipeline_id p, task_id t, const std::vector<std::int64_t> &records, bool replaced);
    /// These records have no answer of the task that counts any more.
    void taken_away(pipeline_id p, task_id t, const std::vector<std::int64_t> &records);
    /// The same where it is not known of which records. Returns how many items wait now that did not before.
    std::int64_t taken_away(pipeline_id p, task_id t);

    /// Locks items of a batch in the order of their records: what the next statements see of other tasks is what
    /// whoever changed them has left.
    void lock_items(pipeline_id p, task_id t, batch_id b, const std::vector<std::int64_t> &records);
    /// After items of the task have come back from a batch: none may be sent, and none counts, before it was looked at.
    void gate(pipeline_id p, task_id t, const std::vector<std::int64_t> &records);
    /// What may be sent of records that are not complete waits for their source.
    void hold_incomplete(pipeline_id p, task_id t, const std::vector<std::int64_t> &records);
    /// What the requests of these records were rendered from, as claimed_item has it. Their items are locked.
    void built(pipeline_id p, task_id t, batch_id b, const std::vector<std::int64_t> &records,
               const std::vector<std::string> &built_from);

    /// Whether the task still needs what a run that has read an older file believes.
    bool has_needs(task_id t, const std::vector<std::int32_t> &needs);
    /// The task's needs or condition have changed: unfinished items are looked at again.
    void reconsider(pipeline_id p, task_id t);
    /// All waiting items of the task are due.
    void all_due(pipeline_id p, task_id t);

    /// Items of these tasks wait whose needed answers are away. records: nothing for all. Returns how many wait now
    /// that did not before.
    std::int64_t hold_back(pipeline_id p, const std::vector<std::int32_t> &tasks,
                           const std::optional<std::vector<std::int64_t>> &records);

  private:
    std::vector<std::int32_t> downstream(task_id t);
    db::transaction &tx_;
};

/// Items to look at, of one task.
struct due_items {
    task_id task;
    std::string condition; ///< its `when`
    std::vector<std::int64_t> records;
};

/// What a verdict about an item rests on.
struct due_item {
    std::int64_t record = 0;
    std::string seen;                      ///< the version of its record's row
    bool complete = true;                  ///< every needed answer is there
    std::string gone;                      ///< a needed task whose item was skipped; empty: none
    std::optional<std::string> built_from; ///< batches of the needed answers by task, as smelt.item has it
    std::string fields, tasks, evidence;   ///< JSON, when the task has a condition
    std::string decided;                   ///< JSON of the answer that a rule pack gives; empty: none
    std::string pack;                      ///< which one
};

/// An answer of a rule pack.
struct decided_item {
    std::int64_t record = 0;
    std::string output; ///< JSON
    std::optional<std::string> built_from;
};

/// What became of an item.
struct settled_item {
    std::int64_t record = 0;
    int former = 0, next = 0; ///< item_status
};

/// The queue of items that something has changed for, smelt.item_due.
class due_queue {
  public:
    explicit due_queue(db::transaction &tx) : tx_{tx} {}

    /// Until the transaction ends. False: another run has it.
    bool try_lock(pipeline_id p);
    bool is_empty(pipeline_id p);
    /// Takes, of the `most` oldest, those of the task that comes first in the graph; nothing left: no records.
    due_items take(pipeline_id p, std::int64_t most);
    void put_back(pipeline_id p, task_id t, const std::vector<std::int64_t> &records);
    std::vector<due_item> look(pipeline_id p, const due_items &items);
    /// Locks them, and says about which ones what was seen is so still.
    std::vector<std::int64_t> lock(pipeline_id p, task_id t, const std::vector<due_item> &items);
    /// reasons: why an item is skipped; empty: it may go on. The items are locked.
    std::vector<settled_item> settle(pipeline_id p, task_id t, const std::vector<std::int64_t> &records,
                                     const std::vector<std::optional<std::string>> &reasons);
    /// Answers of one rule pack, in a batch of their own. The items are locked. Returns those that were answered; the
    /// others are on their way, or have an answer that stands.
    std::vector<settled_item> decide(pipeline_id p, task_id t, const std::string &pack,
                                     const std::vector<decided_item> &items);

  private:
    db::transaction &tx_;
};

} // namespace smelt::store
