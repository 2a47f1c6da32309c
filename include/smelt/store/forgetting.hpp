#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smelt::store {

/// Keys that were forgotten and are not loaded again, as far as their hashes tell. 16 bytes each.
class forgotten_keys {
  public:
    forgotten_keys() = default;
    /// hashes: SHA-256 of salt and key, as hex digits.
    forgotten_keys(std::string salt, bool numbers_equal_rows, const std::vector<std::string> &hashes);

    [[nodiscard]] bool empty() const { return hashes_.empty(); }
    [[nodiscard]] bool contains(std::string_view key) const;

  private:
    using half_hash = std::pair<std::uint64_t, std::uint64_t>;

    std::string salt_;
    bool numbers_equal_rows_ =
        false;                      ///< what stands behind a - is a number of equal rows, which are forgotten together
    std::vector<half_hash> hashes_; ///< in order
};

/// What there is of some records.
struct forget_counts {
    std::int64_t records = 0;
    std::int64_t answers = 0;   ///< accepted ones, also such as were replaced
    std::int64_t reviews = 0;   ///< verdicts of people
    std::int64_t in_flight = 0; ///< requests under way
    std::int64_t copies = 0;    ///< other records, which have their answers (dedupe)

    void add(const forget_counts &more);
};

/// Removes what is known of records: their content at once, the rows of those that are under way when their batches
/// have said what became of them. The figures of their attempts stay, so that ledger and spend stay true.
class forgetting {
  public:
    forgetting(db::transaction &tx, pipeline_id p) : tx_{tx}, pipeline_{p} {}

    /// Throws usage_error where the whole pipeline was.
    void refuse();
    /// Records with these keys.
    std::vector<std::int64_t> find(const std::vector<std::string> &keys);
    /// The first of its records.
    std::vector<std::int64_t> some(std::int64_t most);
    /// Of these keys, those that no record has and that were not forgotten before.
    std::vector<std::string> unknown(const std::vector<std::string> &keys);
    forget_counts count(const std::vector<std::int64_t> &records);
    /// What there is of a task, or of all.
    forget_counts count_all(std::optional<task_id> t);
    forgotten_keys keys();
    /// Of a single key, without a look at the others.
    bool is_forgotten(const std::string &key);

    /// Under the lock that loads take (store::records::try_lock). remembers: the keys are not loaded again; else the
    /// next load reads their files. Returns how many were still there.
    std::int64_t forget(const std::vector<std::int64_t> &records, bool remembers);
    /// These keys, which no record has, are not loaded.
    void remember(const std::vector<std::string> &keys);
    /// Whether a request of the batch is of a forgotten record.
    bool is_in(batch_id b);
    /// What a slice has just stored of forgotten records.
    void answered(batch_id b);
    /// Whether there may be more to remove: records that were under way, or what providers have said.
    bool has_left_anything();
    /// Records that are forgotten and of which nothing is under way any more.
    std::vector<std::int64_t> settled(std::int64_t most);
    /// Removes what is left of them.
    void settle(const std::vector<std::int64_t> &records);
    /// Removes what providers have said of closed batches with forgotten records.
    void clear_errors();
    /// These may be loaded again. Returns how many of them were forgotten.
    std::int64_t allow(const std::vector<std::string> &keys);

    // A task that the file names no more, and a whole pipeline. Nothing of them is under way.

    /// Unfinished batches, of one task or of all. With the tasks locked, so that nobody begins one.
    std::int64_t open_batches(std::optional<task_id> t);
    void lock_tasks();
    /// Nobody loads or sends anything of it from now on.
    void mark_pipeline();
    /// Some of the attempts, and of the items, of a task; false: there are no more.
    bool empty_some_attempts(task_id t, std::int64_t most);
    bool drop_some_items(task_id t, std::int64_t most);
    /// Records of a marked pipeline, with all that is known of them.
    void drop(const std::vector<std::int64_t> &records);
    /// Events that are not written back yet.
    std::int64_t waiting_events();
    /// The task's own text, and its views as far as nothing else reads them.
    void clear_task(task_id t, const std::string &pipeline, const std::string &task);
    void clear_pipeline();
    /// Gives the name of a marked pipeline free.
    void unmark();

  private:
    std::int64_t remove(const std::string &records);

    db::transaction &tx_;
    pipeline_id pipeline_;
};

} // namespace smelt::store
