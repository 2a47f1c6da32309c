#include "smelt/store/write_back.hpp"

#include "sql/write_back.hpp"
#include "statements.hpp"

namespace smelt::store {

void write_back_queue::set_events(task_id t, int events) {
    tx_.exec(sql::write_back_set_events, t.value, events);
}

namespace {

/// A statement that takes no parameters, with numbers in their places.
std::string with_numbers(std::string_view statement, const std::vector<std::int64_t> &values) {
    std::string text{statement};
    for (std::size_t i = values.size(); i > 0; --i) {
        const auto place = "$" + std::to_string(i);
        const auto number = std::to_string(values[i - 1]);
        for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + number.size()))
            text.replace(at, place.size(), number);
    }
    return text;
}

} // namespace

void write_back_queue::begin(pipeline_id p, task_id t, write_back_event event) {
    tx_.exec(sql::write_back_taken);
    tx_.exec(with_numbers(sql::write_back_rows.text, {p.value, t.value, static_cast<std::int64_t>(event)}));
}

void write_back_queue::end() {
    tx_.exec("DROP VIEW pg_temp.rows");
}

std::optional<write_back_event> write_back_queue::next(pipeline_id p, task_id t) {
    const auto rows = tx_.exec(sql::write_back_next, p.value, t.value);
    if (rows.empty())
        return std::nullopt;
    return static_cast<write_back_event>(rows[0][0].as<int>());
}

std::vector<std::int64_t> write_back_queue::take(pipeline_id p, task_id t, write_back_event event, std::int64_t most,
                                                 const std::optional<std::vector<std::int64_t>> &only) {
    const auto ids = only ? std::optional{db::array_literal(*only)} : std::nullopt;
    const auto kind = static_cast<int>(event);
    if (tx_.exec(sql::write_back_take, p.value, t.value, kind, most, ids).affected_rows() == 0)
        return {};
    tx_.exec("ANALYZE pg_temp.smelt_taken");
    return integers(tx_.exec(sql::write_back_ids));
}

void write_back_queue::assume_role() {
    if (!tx_.exec(sql::write_back_role).empty())
        tx_.exec("GRANT SELECT ON pg_temp.rows TO smelt_write_back; SET LOCAL ROLE smelt_write_back");
}

void write_back_queue::leave_role() {
    tx_.exec("SET LOCAL ROLE NONE");
}

void write_back_queue::fail(pipeline_id p, task_id t, std::int64_t event_id, const std::string &error) {
    tx_.exec(sql::write_back_failed, p.value, t.value, event_id, error);
}

void write_back_queue::retry(pipeline_id p) {
    tx_.exec(sql::write_back_retry, p.value);
}

std::int64_t write_back_queue::add_all(pipeline_id p, task_id t, const std::optional<std::string> &since) {
    return static_cast<std::int64_t>(tx_.exec(sql::write_back_all, p.value, t.value, since).affected_rows());
}

std::vector<write_back_queue::count> write_back_queue::counts(pipeline_id p, task_id t) {
    std::vector<count> all;
    for (const auto &row : tx_.exec(sql::write_back_counts, p.value, t.value))
        all.push_back({static_cast<write_back_event>(row[0].as<int>()), integer(row[1]), integer(row[2])});
    return all;
}

write_back_queue::outlook write_back_queue::look_ahead(pipeline_id p) {
    const auto row = tx_.exec_one(sql::write_back_outlook, p.value);
    return {row[0].as<bool>(), integer(row[1])};
}

std::optional<write_back_queue::stuck_event> write_back_queue::first_stuck(pipeline_id p) {
    const auto rows = tx_.exec(sql::write_back_first_stuck, p.value);
    if (rows.empty())
        return std::nullopt;
    return stuck_event{text(rows[0][0]), text(rows[0][1]), text(rows[0][2])};
}

std::vector<std::string> write_back_queue::mark_seen(pipeline_id p, const std::map<std::string, reread_row> &before,
                                                     const std::map<std::string, reread_row> &after,
                                                     const std::vector<std::string> &content_fields) {
    std::vector<std::string> keys, fields, hashes, versions, former_fields, former_hashes, former_versions;
    std::vector<std::optional<std::string>> row_hashes;
    for (const auto &[key, row] : after) {
        const auto former = before.find(key);
        if (former == before.end())
            continue;
        keys.push_back(key);
        fields.push_back(row.fields);
        hashes.push_back(row.content_hash);
        versions.push_back(row.again_version);
        row_hashes.push_back(row.row_hash ? std::optional{std::to_string(*row.row_hash)} : std::nullopt);
        former_fields.push_back(former->second.fields);
        former_hashes.push_back(former->second.content_hash);
        former_versions.push_back(former->second.again_version);
    }
    std::vector<std::string> changed;
    for (const auto &row :
         tx_.exec(sql::write_back_seen, p.value, db::array_literal(keys), db::array_literal(fields),
                  db::array_literal(hashes), db::array_literal(versions), db::array_literal(row_hashes),
                  db::array_literal(former_fields), db::array_literal(former_hashes),
                  db::array_literal(former_versions), db::array_literal(content_fields)))
        changed.push_back(text(row[0]));
    return changed;
}

} // namespace smelt::store
