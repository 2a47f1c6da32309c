#pragma once

#include "load_plan.hpp"

#include "smelt/source/reader.hpp"
#include "smelt/source/text_by_path.hpp"
#include "smelt/store/records.hpp"
#include "smelt/store/rules.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smelt::orchestrator {

/// Rows on their way into the staging table, or in a first load into smelt.record, filtered by the prefilters a few
/// thousand at a time.
class stager {
  public:
    /// rules: a connection of its own for prefilters and dedupe; all outlive the stager. Throws usage_error where the
    /// folder of text_file is not there.
    stager(store::records &records, db::connection &rules, const registered_pipeline &p, const load_plan &plan);

    /// place: the file's name, for errors. Throws file_error when a prefilter cannot be evaluated for a row.
    void add(source::row row, std::int32_t file, const std::string &place);
    void flush();
    /// Ends the COPY, so that the connection takes other statements; what is added next begins another.
    void pause();
    /// Flushes and pauses.
    void finish();

    /// What a person should know about rows that are not complete; empty: all are.
    [[nodiscard]] std::vector<std::string> notes() const;
    [[nodiscard]] std::int64_t rows() const { return rows_; }
    /// Whether all keys so far are whole numbers, as they are written without a leading zero.
    [[nodiscard]] bool has_whole_keys() const { return has_whole_keys_; }

  private:
    void apply_filters();
    void apply(store::incoming_row &row, const store::expression &filter, const store::evaluation &found) const;

    store::records &records_;
    db::connection &rules_;
    std::vector<store::expression> expressions_;
    std::unique_ptr<source::text_by_path> texts_; ///< null: records name no files
    std::unique_ptr<db::copy_writer> writer_;     ///< null: paused
    std::vector<store::incoming_row> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::string place_;
    std::int64_t rows_ = 0;
    std::int64_t incomplete_ = 0;
    std::string first_incomplete_;
    bool has_whole_keys_ = true;
};

} // namespace smelt::orchestrator
