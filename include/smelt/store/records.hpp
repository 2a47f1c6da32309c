#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smelt::store {

struct known_file {
    std::int32_t id = 0;
    std::int64_t size = 0, mtime_ns = 0, ctime_ns = 0;
    std::uint64_t digest = 0; ///< of its content at its last load
    bool given = false;       ///< loaded by hand, and no file of the source
};

/// A file that is being loaded.
struct loaded_file {
    std::int32_t id = 0;
    std::uint64_t digest_seed = 0;
    std::int32_t digest_load = 0; ///< 0: there are no digests of its rows
};

struct incoming_row {
    std::string key, fields, content_hash;
    std::int32_t file = 0; ///< source_file id; 0: none (sql source)
    std::int64_t line = 0;
    std::optional<std::string> skip;
    std::optional<std::string> incomplete; ///< why
    std::optional<std::int64_t> row_hash;
    bool same = false; ///< nothing of its record changes; `fields` says nothing
    /// "COLUMN=VERSION" of a row that asks to be sent again, "COLUMN=" of one that does not; nothing: none does.
    std::optional<std::string> again_version;
    std::optional<std::string> dedupe_hash; ///< hex; equal: the records are
    // With a rule pack, JSON text:
    std::optional<std::string> evidence;
    std::optional<std::string> decision; ///< the answer that it gives
};

struct load_counts {
    std::int64_t read = 0, added = 0, changed = 0, unchanged = 0, requeued_extracted = 0;
};

/// A load: everything of one source in one transaction.
class records {
  public:
    explicit records(db::transaction &tx) : tx_{tx} {}

    /// Loads of one pipeline exclude each other until the transaction ends; false: somebody else loads now.
    bool try_lock(pipeline_id p);
    std::map<std::string, known_file> known_files(pipeline_id p);
    /// They are read again when they come back to the source.
    void forget_files(const std::vector<std::int32_t> &files);
    loaded_file upsert_file(pipeline_id p, const std::string &path, std::int64_t size, std::int64_t mtime_ns,
                            bool given);
    /// After a file was read to its end.
    void set_file_read(std::int32_t file, std::int64_t records, std::int64_t ctime_ns, std::uint64_t digest);
    /// A file that is at another time what it was at its last load.
    void set_file_touched(std::int32_t file, std::int64_t ctime_ns);

    void begin_staging();
    /// Nothing of the pipeline is in the database yet, so there is nothing to compare with: what is written goes
    /// straight into smelt.record. A key that stands twice is then pqxx::unique_violation, which does not say where.
    void begin_first_load(pipeline_id p);
    [[nodiscard]] bool has_no_record(pipeline_id p);
    [[nodiscard]] bool is_first_load() const { return first_of_.has_value(); }
    /// Throws away what was staged.
    void restage();
    /// Rows may be incomplete, the same or asking, or have evidence: before the first writer.
    void expect_more() { has_more_ = true; }
    /// Calls each(key, row_hash) for every record that has one.
    void for_each_hashed(pipeline_id p, const std::function<void(std::string_view, std::int64_t)> &each);
    std::unique_ptr<db::copy_writer> writer();
    void write(db::copy_writer &w, const incoming_row &row);
    /// Numbers the second, third, ... of staged rows with equal keys.
    void number_equal();
    /// Statements from here on know how many rows there are.
    void end_staging(pipeline_id p);

    /// "key" and both places when a key stands twice, within the staged rows or in a file that was not read again.
    struct duplicate {
        std::string key, first, second;
    };
    std::optional<duplicate> find_duplicate(pipeline_id p, const std::vector<std::int32_t> &unread_files);

    /// After mark_changes: calls each(key, file id) for every staged row whose record exists; the file is the one that
    /// the record belongs to so far.
    void for_each_existing(pipeline_id p, const std::function<bool(std::string_view, std::int32_t)> &each);

    struct impact {
        std::int64_t requeued = 0;  ///< extracted items that this load would requeue
        std::int64_t extracted = 0; ///< all extracted items of the pipeline
    };
    /// same_fields: the content fields are those of the last load, so hashes can be compared; otherwise the named
    /// fields are.
    void mark_changes(pipeline_id p, bool same_fields, const std::vector<std::string> &content_fields);
    impact measure(pipeline_id p);
    struct alteration {
        std::int64_t altered = 0; ///< records whose fields or prefilter this load would replace
        std::int64_t records = 0; ///< all records of the pipeline
    };
    alteration measure_alteration(pipeline_id p);
    load_counts merge(pipeline_id p);
    /// After mark_changes: records of a query that it does not bring any more.
    std::vector<std::int64_t> gone_of_query(pipeline_id p);
    /// The same of a file, as far as is_gone says so of a key that was not staged.
    std::vector<std::int64_t> gone_of_file(pipeline_id p, std::int32_t file,
                                           const std::function<bool(std::string_view key)> &is_gone);
    /// After merge and skip_gone (of `gone`): among records that are equal one is asked, the others become its copies.
    /// Returns how many did.
    /// is_forgotten: the former originals were.
    std::int64_t regroup(pipeline_id p, bool keeps_last, const std::vector<std::int64_t> &gone,
                         bool is_forgotten = false);
    struct asked_again {
        std::vector<std::string> keys;       ///< of records that are to be sent again
        std::vector<std::int64_t> too_often; ///< records that have asked more than `times`
        std::vector<std::int64_t> judged;    ///< records with an answer that a person has judged, which stays
    };
    /// After merge: records whose rows ask to be sent again, each version once.
    asked_again ask_again(pipeline_id p, int times);
    /// Judged answers of these records are overtaken.
    void overtake_judged(pipeline_id p, task_id t, const std::vector<std::int64_t> &records);
    /// The source has no `again` any more.
    void forget_asking(pipeline_id p);
    /// Their finished items are failed for this reason.
    void end_asking(pipeline_id p, task_id t, const std::vector<std::int64_t> &records, const std::string &reason);
    /// What was not sent of these records is skipped.
    void skip_gone(pipeline_id p, const std::vector<std::int64_t> &records);
    /// A key whose stored record has a field of that name.
    std::optional<std::string> stored_key_with_field(pipeline_id p, const std::string &name);
    /// A key of this load whose record has a field of that name.
    std::optional<std::string> key_with_field(pipeline_id p, const std::string &name);
    void analyze();

  private:
    db::transaction &tx_;
    std::optional<pipeline_id> first_of_; ///< in a first load
    bool has_more_ = false;               ///< than keys, fields and filters
    std::int64_t written_ = 0;
};

} // namespace smelt::store
