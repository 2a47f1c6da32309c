#include "smelt/store/records.hpp"

#include "sql/catalog.hpp"
#include "sql/records.hpp"
#include "statements.hpp"

namespace smelt::store {

bool records::try_lock(pipeline_id p) {
    return tx_.exec_one(sql::load_lock, p.value)[0].as<bool>();
}

std::map<std::string, known_file> records::known_files(pipeline_id p) {
    std::map<std::string, known_file> files;
    for (const auto &row : tx_.exec(sql::load_known_files, p.value))
        files[text(row[0])] = {row[1].as<std::int32_t>(),
                               row[2].as<std::int64_t>(),
                               row[3].as<std::int64_t>(),
                               row[4].as<std::int64_t>(),
                               static_cast<std::uint64_t>(row[5].as<std::int64_t>()),
                               row[6].as<bool>()};
    return files;
}

void records::forget_files(const std::vector<std::int32_t> &files) {
    if (!files.empty())
        tx_.exec(sql::load_forget_files, db::array_literal(files));
}

loaded_file records::upsert_file(pipeline_id p, const std::string &path, std::int64_t size, std::int64_t mtime_ns,
                                 bool given) {
    const auto row = tx_.exec_one(sql::load_upsert_file, p.value, path, size, mtime_ns, given);
    return {row[0].as<std::int32_t>(), static_cast<std::uint64_t>(row[1].as<std::int64_t>()),
            row[2].as<std::int32_t>()};
}

void records::set_file_read(std::int32_t file, std::int64_t records, std::int64_t ctime_ns, std::uint64_t digest) {
    tx_.exec(sql::load_file_read, file, records, ctime_ns, static_cast<std::int64_t>(digest));
}

void records::set_file_touched(std::int32_t file, std::int64_t ctime_ns) {
    tx_.exec(sql::load_file_touched, file, ctime_ns);
}

void records::begin_staging() {
    tx_.exec(sql::load_staging);
}

void records::restage() {
    tx_.exec(sql::load_restage);
}

void records::begin_first_load(pipeline_id p) {
    first_of_ = p;
}

bool records::has_no_record(pipeline_id p) {
    return tx_.exec_one(sql::load_is_first, p.value)[0].as<bool>();
}

void records::for_each_hashed(pipeline_id p, const std::function<void(std::string_view, std::int64_t)> &each) {
    for (const auto &row : tx_.exec(sql::load_known_rows, p.value))
        each(db::view(row[0]), row[1].as<std::int64_t>());
}

std::unique_ptr<db::copy_writer> records::writer() {
    std::vector<std::string> columns{"key",  "fields", "content_hash", first_of_ ? "source_file_id" : "file",
                                     "line", "skip"};
    if (has_more_)
        columns.insert(columns.end(),
                       {"incomplete", "row_hash", "again_version", "dedupe_hash", "evidence", "decision"});
    if (first_of_)
        columns.emplace_back("pipeline_id");
    else if (has_more_)
        columns.emplace_back("same");
    return std::make_unique<db::copy_writer>(tx_, first_of_ ? "smelt.record" : "pg_temp.incoming", columns);
}

void records::write(db::copy_writer &w, const incoming_row &row) {
    const std::optional<std::int32_t> file = row.file == 0 ? std::nullopt : std::optional{row.file};
    const auto hash = "\\x" + row.content_hash;
    const auto digest = row.dedupe_hash ? std::optional{"\\x" + *row.dedupe_hash} : std::nullopt;
    const auto add = [&](const auto &...more) { w.row(row.key, row.fields, hash, file, row.line, row.skip, more...); };
    const auto add_more = [&](const auto &last) {
        add(row.incomplete, row.row_hash, row.again_version, digest, row.evidence, row.decision, last);
    };
    if (first_of_ && has_more_)
        add_more(first_of_->value);
    else if (first_of_)
        add(first_of_->value);
    else if (has_more_)
        add_more(row.same);
    else
        add();
    ++written_;
}

void records::number_equal() {
    tx_.exec(sql::load_number_equal);
}

void records::end_staging(pipeline_id p) {
    tx_.exec("ANALYZE pg_temp.incoming");
    // Without statistics of a young pipeline the planner takes it for small and compares each row with each.
    if (tx_.exec_one(sql::load_is_large, p.value)[0].as<bool>())
        tx_.exec("SET LOCAL enable_nestloop = off");
}

std::optional<records::duplicate> records::find_duplicate(pipeline_id p,
                                                          const std::vector<std::int32_t> &unread_files) {
    auto rows = tx_.exec(sql::load_duplicate_within);
    if (rows.empty() && !unread_files.empty())
        rows = tx_.exec(sql::load_duplicate_across, p.value, db::array_literal(unread_files));
    if (rows.empty())
        return std::nullopt;
    return duplicate{text(rows[0][0]), text(rows[0][1]), text(rows[0][2])};
}

void records::mark_changes(pipeline_id p, bool same_fields, const std::vector<std::string> &content_fields) {
    if (same_fields)
        tx_.exec(sql::load_mark_same_fields, p.value);
    else
        tx_.exec(sql::load_mark_new_fields, p.value, db::array_literal(content_fields));
}

void records::for_each_existing(pipeline_id p, const std::function<bool(std::string_view, std::int32_t)> &each) {
    const auto query = "SELECT i.key, r.source_file_id FROM pg_temp.incoming AS i JOIN smelt.record AS r ON "
                       "r.pipeline_id = " +
                       std::to_string(p.value) + " AND r.id = i.record_id WHERE r.source_file_id IS NOT NULL";
    db::for_each_piece(tx_, query, 10'000, [&](const pqxx::result &rows) {
        for (const auto &row : rows)
            if (!each(db::view(row[0]), row[1].as<std::int32_t>()))
                return false;
        return true;
    });
}

records::impact records::measure(pipeline_id p) {
    const auto row = tx_.exec_one(sql::load_impact, p.value);
    return {row[0].as<std::int64_t>(), row[1].as<std::int64_t>()};
}

records::alteration records::measure_alteration(pipeline_id p) {
    const auto row = tx_.exec_one(sql::load_altered, p.value);
    return {row[0].as<std::int64_t>(), row[1].as<std::int64_t>()};
}

load_counts records::merge(pipeline_id p) {
    load_counts counts;
    if (first_of_) {
        tx_.exec(sql::load_first_items, p.value);
        tx_.exec(sql::load_first_due, p.value);
        counts.read = counts.added = written_;
        return counts;
    }
    const auto staged = tx_.exec_one(sql::load_counts);
    counts.read = staged[0].as<std::int64_t>();
    counts.changed = staged[1].as<std::int64_t>();
    counts.unchanged = staged[2].as<std::int64_t>();
    counts.added = tx_.exec_one(sql::load_insert, p.value)[0].as<std::int64_t>();
    if (counts.added < counts.read) {
        tx_.exec(sql::load_update_records, p.value);
        for (const auto &task : tx_.exec(sql::task_list, p.value)) {
            tx_.exec(sql::load_lock_items, p.value, task["id"].as<int>());
            tx_.exec(sql::load_update_items, p.value, task["id"].as<int>());
            if (has_more_)
                tx_.exec(sql::load_hold_incomplete, p.value, task["id"].as<int>());
        }
        tx_.exec(sql::load_due, p.value);
    }
    return counts;
}

std::int64_t records::regroup(pipeline_id p, bool keeps_last, const std::vector<std::int64_t> &gone,
                              bool is_forgotten) {
    tx_.exec(sql::regroup_table);
    if (tx_.exec(sql::regroup_choose, p.value, keeps_last, db::array_literal(gone)).affected_rows() == 0)
        return 0;
    tx_.exec(sql::regroup_records, p.value);
    const auto tasks = tx_.exec(sql::task_list, p.value);
    for (const auto &task : tasks)
        tx_.exec(sql::regroup_drop_items, p.value, task["id"].as<int>());
    tx_.exec(sql::regroup_keep_asked, p.value);
    for (const auto &task : tasks)
        if (task["active"].as<bool>())
            tx_.exec(sql::regroup_make_items, p.value, task["id"].as<int>());
    tx_.exec(sql::regroup_tell, p.value, is_forgotten);
    return tx_.exec_one(sql::regroup_copies)[0].as<std::int64_t>();
}

records::asked_again records::ask_again(pipeline_id p, int times) {
    asked_again asked;
    for (const auto &row : tx_.exec(sql::load_again, p.value)) {
        if (row[4].as<bool>())
            asked.judged.push_back(row[0].as<std::int64_t>());
        if (!row[3].as<bool>())
            continue;
        if (row[2].as<int>() <= times)
            asked.keys.push_back(text(row[1]));
        else
            asked.too_often.push_back(row[0].as<std::int64_t>());
    }
    return asked;
}

void records::overtake_judged(pipeline_id p, task_id t, const std::vector<std::int64_t> &records) {
    if (!records.empty())
        tx_.exec(sql::load_again_overtaken, p.value, t.value, db::array_literal(records));
}

void records::forget_asking(pipeline_id p) {
    tx_.exec(sql::load_again_forget, p.value);
}

void records::end_asking(pipeline_id p, task_id t, const std::vector<std::int64_t> &records,
                         const std::string &reason) {
    tx_.exec(sql::load_again_ends, p.value, t.value, db::array_literal(records), reason);
}

std::vector<std::int64_t> records::gone_of_query(pipeline_id p) {
    return integers(tx_.exec(sql::load_gone_of_query, p.value));
}

std::vector<std::int64_t> records::gone_of_file(pipeline_id p, std::int32_t file,
                                                const std::function<bool(std::string_view)> &is_gone) {
    std::vector<std::int64_t> gone;
    for (const auto &row : tx_.exec(sql::load_gone_of_file, p.value, file))
        if (is_gone(db::view(row[1])))
            gone.push_back(row[0].as<std::int64_t>());
    return gone;
}

void records::skip_gone(pipeline_id p, const std::vector<std::int64_t> &records) {
    if (records.empty())
        return;
    tx_.exec(sql::load_gone_records, p.value, db::array_literal(records));
    for (const auto &task : tx_.exec(sql::task_list, p.value))
        tx_.exec(sql::load_gone_items, p.value, task["id"].as<int>(), db::array_literal(records));
}

std::optional<std::string> records::stored_key_with_field(pipeline_id p, const std::string &name) {
    const auto rows = tx_.exec(sql::load_has_field, p.value, name);
    return rows.empty() ? std::nullopt : std::optional{text(rows[0][0])};
}

std::optional<std::string> records::key_with_field(pipeline_id p, const std::string &name) {
    if (first_of_)
        return stored_key_with_field(p, name);
    const auto rows = tx_.exec(sql::load_brings_field, name);
    return rows.empty() ? std::nullopt : std::optional{text(rows[0][0])};
}

void records::analyze() {
    tx_.exec("ANALYZE smelt.record");
    tx_.exec("ANALYZE smelt.item");
}

} // namespace smelt::store
