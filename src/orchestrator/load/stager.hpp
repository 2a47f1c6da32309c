#pragma once

#include "load_plan.hpp"

#include "smelt/orchestrator/evidence.hpp"
#include "smelt/source/reader.hpp"
#include "smelt/source/text_by_path.hpp"
#include "smelt/store/records.hpp"
#include "smelt/store/rules.hpp"

#include <future>
#include <memory>
#include <string>
#include <vector>

namespace smelt::orchestrator {

/// Rows on their way into the staging table, or in a first load into smelt.record, filtered by the prefilters and the
/// rule pack a few thousand at a time.
class stager {
  public:
    /// rules: a connection of its own for prefilters, rule pack and dedupe; all outlive the stager, the plan, too.
    /// Throws usage_error where the folder of text_file is not there.
    stager(store::records &records, db::connection &rules, const registered_pipeline &p, const load_plan &plan);

    /// place: the file's name, for errors. Throws file_error when a prefilter cannot be evaluated for a row.
    void add(source::row row, std::int32_t file, const std::string &place);
    /// Sends what was added on its way: it is judged, and then written.
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
    /// Rows that are judged together.
    struct batch {
        std::vector<store::incoming_row> rows;
        std::string place;
    };
    [[nodiscard]] bool judges() const;
    /// On a thread of its own, while what was judged before is written and more is read.
    void judge(batch &rows) const;
    void apply_filters(batch &rows) const;
    void apply_rule_pack(batch &rows) const;
    void apply(store::incoming_row &row, const pack_verdict &verdict) const;
    void apply(store::incoming_row &row, const store::expression &filter, const store::evaluation &found,
               const std::string &place) const;
    /// Waits for the batch that is being judged.
    void write_judged();
    void write(const batch &rows);

    store::records &records_;
    db::connection &rules_;
    const store::forgotten_keys &forgotten_;
    std::int64_t passed_over_ = 0; ///< of these
    bool is_foreign_ = false;      ///< others write the records: what is wrong with one keeps that one back
    std::vector<store::expression> expressions_;
    const config::rule_pack *pack_ = nullptr;      ///< null: there is none
    std::unique_ptr<store::family_finder> finder_; ///< with pack_
    std::vector<std::vector<std::string>> evidence_parts_;
    std::unique_ptr<source::text_by_path> texts_; ///< null: records name no files
    std::unique_ptr<db::copy_writer> writer_;     ///< null: paused
    std::vector<store::incoming_row> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::string place_;
    std::int64_t rows_ = 0;
    std::int64_t incomplete_ = 0;
    std::string first_incomplete_;
    bool has_whole_keys_ = true;
    std::future<batch> judged_; ///< uses what stands above
};

} // namespace smelt::orchestrator
