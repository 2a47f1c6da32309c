#pragma once

#include "orchestrator/run_pass.hpp"

#include "smelt/store/results.hpp"

#include <map>
#include <string>
#include <vector>

namespace smelt::orchestrator {

/// A run of whole result lines as they came from the provider.
struct raw_slice {
    std::string bytes;
    store::checkpoint from, to;
    bool open_end = false; ///< the last line has no newline: it is whole only if it can be read
};

/// Which requests a batch holds and which of them have an attempt already: one bit each, 400 kB for 50,000 requests.
class membership {
  public:
    membership(const std::vector<std::int64_t> &waiting, const std::vector<std::int64_t> &applied);

    enum class membership_kind { fresh, duplicate, seen_before, foreign };
    /// Marks a request as named by a line of this download.
    membership_kind claim(std::int64_t record);
    /// The line says that there is no answer. It counts only when no other line of the download holds one, so the
    /// request is not claimed yet.
    membership_kind note_error(std::int64_t record);
    [[nodiscard]] std::int64_t named() const { return named_; }
    /// Requests that nothing accounts for yet; the first `n` of all, by record, are left out.
    [[nodiscard]] std::vector<std::int64_t> waiting(std::size_t n = 0) const;

  private:
    struct entry {
        std::int64_t record;
        bool applied;
        bool in_this_download;
        bool error_noted;
    };
    entry *find(std::int64_t record);

    std::vector<entry> entries_;
    std::int64_t named_ = 0;
};

/// What a line's outcome follows from.
struct line_notes {
    std::vector<extraction::finding> findings;
    double confidence = 1.0;
    std::string answer;                                 ///< the model's text, until it is known whether it is kept
    effect_kind after_cut = effect_kind::spend_attempt; ///< what an answer that was cut does to its item
};

/// A line that was understood and judged, before the SQL rules.
struct judged_line {
    store::applied_line line;
    line_notes notes;
};

struct judged_slice {
    std::vector<judged_line> lines;
    std::vector<judged_line> errors; ///< lines without an answer, for the end of the download
    store::checkpoint from, to;
    std::int64_t duplicates = 0, foreign = 0;
    usage orphaned_tokens; ///< of answers to requests whose items were deleted: they were paid for
    picousd orphaned_cost = 0;
    std::int64_t orphaned_unpriced = 0;
};

/// By record, what was hidden of it from the provider and is put back into its answer.
using hidden_values = std::map<std::int64_t, extraction::placeholders>;

/// Decodes and judges every line, and prices it as `service` charges. Pure but for the membership, which it marks. In a
/// download an error line waits until its end has shown that no answer stands beside it; a synchronous service says
/// once what became of a request.
judged_slice judge(const raw_slice &raw, const provider::dialect &dialect, const store::batch_row &b,
                   const loaded_version &version, const config::provider_spec &service, const hidden_values &hidden,
                   membership &members);

/// A slice that is ready to be stored, as if every SQL rule held for its answers.
struct settled_slice {
    store::slice slice;
    std::vector<line_notes> notes; ///< one for each line, as long as rules have to judge them
    bool rules_are_in = false;     ///< what the rules found is in it
};

/// Fixes outcomes and scores, and keeps or drops the raw text.
settled_slice settle(db::connection &c, judged_slice slice, const store::batch_row &b, const loaded_version &version,
                     const store::ledger &before);

/// Takes what the rules found for line i into the slice: its outcome, its score and the ledger.
void take_in(settled_slice &slice, std::size_t i, const task_definition &definition,
             const std::vector<store::evaluation> &found);

/// Adds a line to the ledger, or with sign -1 takes it out.
void count(store::ledger &counts, const store::applied_line &line, int sign);

} // namespace smelt::orchestrator
