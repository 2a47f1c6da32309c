#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/domain/status.hpp"
#include "smelt/store/batches.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smelt::store {

/// One request's outcome, ready to be stored.
struct applied_line {
    record_id record;
    outcome_kind outcome = outcome_kind::accepted;
    cause_kind cause = cause_kind::none;
    effect_kind effect = effect_kind::accept;
    std::string output;   ///< JSON text; empty: null
    std::string findings; ///< JSON array text; empty: null
    std::string message;
    double score = 0;
    bool is_doubtful = false; ///< accepted with a score below the task's review_below
    usage tokens;
    std::optional<picousd> cost;
    std::string model;      ///< empty: the batch's
    std::string raw;        ///< zlib; empty: null
    std::string whole;      ///< the line as the provider wrote it, zlib; empty: null
    std::string built_from; ///< batches of the answers that its request was rendered from, JSON; empty: null
    std::int64_t line = 0;
};

struct slice {
    std::vector<applied_line> lines;
    checkpoint from, to;
    ledger counts; ///< after the slice
};

/// Writes slices: attempts, item states, what depends on them, and the checkpoint in one transaction.
class results {
  public:
    explicit results(db::transaction &tx) : tx_{tx} {}

    /// The slice's attempts. Throws fenced_off, or pqxx::data_exception and its kin when a line cannot be stored (the
    /// caller halves).
    void store_attempts(const batch_row &b, const slice &s);
    /// In the place of what store_attempts has written for these records.
    void replace_attempts(const batch_row &b, const std::vector<applied_line> &lines);
    /// What follows from the attempts.
    void apply(const batch_row &b, const slice &s, const retry_spec &retry);
    /// Lines that end items without being results of the batch: not_sent ones, written while it is built.
    void record_unsent(const batch_row &b, const std::vector<applied_line> &lines);

  private:
    void copy_attempts(const batch_row &b, const std::vector<applied_line> &lines);
    void update_items(const batch_row &b, const std::vector<applied_line> &lines, const retry_spec &retry);
    db::transaction &tx_;
};

} // namespace smelt::store
