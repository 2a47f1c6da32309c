#pragma once

#include "load_plan.hpp"
#include "stager.hpp"

#include "smelt/source/known_rows.hpp"
#include "smelt/store/row_digests.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace smelt::orchestrator {

/// The files of a load on their way into the staging table. Rows that the last load of their file has seen are passed
/// over: they are in the database as they stand in the file.
class file_staging {
  public:
    /// All outlive it.
    file_staging(db::transaction &tx, store::records &records, db::connection &rules, const registered_pipeline &p,
                 const load_plan &plan, run_pass &pass);

    /// Passes over nothing in a first load.
    void stage();
    /// After records::mark_changes: whether the key of a staged row may also be that of a row that was passed over.
    [[nodiscard]] bool may_hide_duplicate();
    /// Throws away what was staged and stages every row.
    void stage_everything();
    /// After records::mark_changes: records that the source's files have no more.
    [[nodiscard]] std::vector<std::int64_t> gone();
    /// The next load knows the rows of this one.
    void finish();

    /// Rows that were passed over.
    [[nodiscard]] std::int64_t skipped() const;
    /// Of all files, in the order of the files.
    [[nodiscard]] const std::vector<std::string> &columns() const { return columns_; }
    /// Whether all keys that were read are whole numbers; empty: none was read.
    [[nodiscard]] std::optional<bool> has_whole_keys() const { return has_whole_keys_; }
    /// What a person should know about the files, a sentence each.
    [[nodiscard]] const std::vector<std::string> &notes() const { return notes_; }

  private:
    struct file {
        const source::input_file *input = nullptr;
        store::loaded_file row;
        std::unique_ptr<source::known_rows> known; ///< null for files that are read anew in no time
        std::int64_t staged = 0;                   ///< rows
        std::uint64_t digest = 0;                  ///< of its content
        [[nodiscard]] std::int64_t skipped() const { return known ? known->skipped() : 0; }
    };

    void stage_file(file &f, stager &staging, bool pass_over);
    source::piece_store pieces_of(const file &f, stager &staging, bool pass_over);
    void stage_all(bool pass_over);
    store::row_digests digests_of(const file &f) { return {tx_, f.row.id, f.row.digest_load}; }

    db::transaction &tx_;
    store::records &records_;
    db::connection &rules_;
    const registered_pipeline &pipeline_;
    const load_plan &plan_;
    run_pass &pass_;
    std::vector<std::string> columns_, notes_;
    std::optional<bool> has_whole_keys_;
    std::set<std::string> fields_; ///< content fields
    std::vector<file> files_;
};

} // namespace smelt::orchestrator
