#include "smelt/store/items.hpp"

#include "sql/items.hpp"
#include "statements.hpp"

#include "smelt/base/compress.hpp"
#include "smelt/store/graph.hpp"

#include <algorithm>

namespace smelt::store {
namespace {

claimed_item read_item(const pqxx::row &row) {
    claimed_item item;
    item.record = {row[0].as<std::int64_t>()};
    item.attempts = row[1].as<int>();
    item.fields = {row[2].c_str(), row[2].size()};
    item.previous_answer = row[3].is_null() ? text(row[10]) : inflate(from_hex({row[3].c_str(), row[3].size()}));
    item.previous_message = text(row[4]);
    item.changed_at = text(row[5]);
    item.replaces = row[6].as<bool>();
    item.cuts = std::min(item.attempts, static_cast<int>(integer(row[7])));
    item.built_from = text(row[8]);
    item.ready = row[9].as<bool>();
    return item;
}

/// Reads the cursor `claimed` to its end, or until each says stop.
void drain(db::transaction &tx, const std::function<bool(const claimed_item &)> &each) {
    for (;;) {
        const auto piece = tx.exec("FETCH FORWARD 2000 FROM claimed");
        if (piece.empty())
            return;
        for (const auto &row : piece)
            if (!each(read_item(row)))
                return;
    }
}

} // namespace

std::int64_t items::claim(pipeline_id p, task_id t, int rung, batch_id b, std::int64_t limit,
                          const std::optional<std::vector<std::int64_t>> &only) {
    const auto done =
        only ? tx_.exec(sql::item_claim_only, p.value, t.value, rung, b.value, limit, db::array_literal(*only))
             : tx_.exec(sql::item_claim, p.value, t.value, rung, b.value, limit);
    return static_cast<std::int64_t>(done.affected_rows());
}

std::int64_t items::claim_adopted(pipeline_id p, task_id t, batch_id b, const std::vector<std::int64_t> &records) {
    const auto done = tx_.exec(sql::item_claim_adopted, p.value, t.value, b.value, db::array_literal(records));
    return static_cast<std::int64_t>(done.affected_rows());
}

std::int64_t items::submitted_among(pipeline_id p, task_id t, const std::vector<std::int64_t> &records) {
    return tx_.exec_one(sql::item_submitted_among, p.value, t.value, db::array_literal(records))[0].as<std::int64_t>();
}

std::int64_t items::claimable(pipeline_id p, task_id t, int rung, bool now_only) {
    return tx_.exec_one(sql::item_claimable, p.value, t.value, rung, now_only)[0].as<std::int64_t>();
}

void items::lower(pipeline_id p, task_id t, int last_rung, bool has_fallback) {
    tx_.exec(sql::item_lower, p.value, t.value, last_rung, has_fallback);
}

bool items::any_claimable(pipeline_id p, task_id t) {
    return tx_.exec_one(sql::item_any_claimable, p.value, t.value)[0].as<bool>();
}

std::optional<std::int64_t> items::next_due(pipeline_id p, task_id t, int rung) {
    return optional_integer(tx_.exec_one(sql::item_next_due, p.value, t.value, rung)[0]);
}

std::int64_t items::claimable_up_to(pipeline_id p, task_id t, int rung, std::int64_t most) {
    return tx_.exec_one(sql::item_few, p.value, t.value, rung, most)[0].as<std::int64_t>();
}

queue_state items::look_ahead(pipeline_id p) {
    const auto row = tx_.exec_one(sql::item_outlook, p.value);
    return {row[0].as<std::int64_t>(), row[1].as<std::int64_t>(), row[2].as<std::int64_t>(), row[3].as<bool>()};
}

std::vector<std::int64_t> items::sample(pipeline_id p, task_id t, std::int64_t n, std::int64_t seed) {
    return integers(tx_.exec(sql::item_sample, p.value, t.value, n, seed));
}

void items::stream(pipeline_id p, task_id t, batch_id b, const std::vector<std::int32_t> &needs, bool in_order,
                   const std::function<bool(const claimed_item &)> &each) {
    std::string statement{sql::item_stream.text};
    if (in_order)
        statement += " ORDER BY i.record_id";
    tx_.exec(statement, p.value, t.value, b.value, db::array_literal(needs));
    drain(tx_, each);
}

void items::preview(pipeline_id p, task_id t, int rung, std::int64_t n, const std::vector<std::int32_t> &needs,
                    const std::optional<std::vector<std::int64_t>> &only,
                    const std::function<bool(const claimed_item &)> &each) {
    const auto chosen = only ? std::optional{db::array_literal(*only)} : std::nullopt;
    tx_.exec(sql::item_preview, p.value, t.value, rung, n, db::array_literal(needs), chosen);
    drain(tx_, each);
    tx_.exec("CLOSE claimed");
}

void items::rendered_anew(pipeline_id p, task_id t, batch_id b, const std::vector<std::int64_t> &records,
                          const std::vector<std::string> &changed_at) {
    if (records.empty())
        return;
    const auto ids = db::array_literal(records);
    tx_.exec(sql::item_lock, p.value, t.value, b.value, ids);
    tx_.exec(sql::item_unstale, p.value, t.value, b.value, ids, db::array_literal(changed_at));
}

void items::hide(pipeline_id p, batch_id b, const std::vector<std::int64_t> &records,
                 const std::vector<std::string> &texts) {
    if (!records.empty())
        tx_.exec(sql::item_hide, p.value, b.value, db::array_literal(records), db::array_literal(texts));
}

std::map<std::int64_t, std::string> items::hidden(pipeline_id p, batch_id b) {
    std::map<std::int64_t, std::string> found;
    for (const auto &row : tx_.exec(sql::item_hidden, p.value, b.value))
        found.emplace(row[0].as<std::int64_t>(), text(row[1]));
    return found;
}

std::int64_t items::skip_recordless(pipeline_id p, task_id t, batch_id b) {
    return static_cast<std::int64_t>(tx_.exec(sql::item_recordless, p.value, t.value, b.value).affected_rows());
}

std::map<std::int64_t, int> items::cuts(pipeline_id p, task_id t, version_id v, int rung,
                                        const std::vector<std::int64_t> &records) {
    std::map<std::int64_t, int> found;
    for (const auto &row : tx_.exec(sql::item_cuts, p.value, t.value, v.value, rung, db::array_literal(records)))
        found.emplace(row[0].as<std::int64_t>(), static_cast<int>(row[1].as<std::int64_t>()));
    return found;
}

void items::requeue(pipeline_id p, task_id t, batch_id b, const std::vector<std::int64_t> &records) {
    if (records.empty())
        return;
    tx_.exec(sql::item_requeue, p.value, t.value, b.value, db::array_literal(records));
    graph{tx_}.gate(p, t, records);
    graph{tx_}.hold_incomplete(p, t, records);
}

bool items::fold_counts() {
    if (!tx_.exec_one(sql::status_fold_lock)[0].as<bool>())
        return false;
    return tx_.exec(sql::status_fold).affected_rows() > 0;
}

items::asked_again items::retry(pipeline_id p, task_id t, const std::optional<std::vector<std::string>> &keys) {
    const auto row = tx_.exec_one(sql::item_retry, p.value, t.value, optional_array(keys));
    return {row[0].as<std::int64_t>(), row[1].as<std::int64_t>(), 0};
}

items::asked_again items::redo(pipeline_id p, task_id t, const redo_choice &choice) {
    asked_again done;
    const auto row = tx_.exec_one(sql::item_redo, p.value, t.value, choice.changed_only, choice.replace_reviewed,
                                  optional_array(choice.keys));
    done.items = row[0].as<std::int64_t>();
    done.kept = row[1].as<std::int64_t>();
    if (done.items > 0)
        done.dependents = graph{tx_}.taken_away(p, t);
    return done;
}

} // namespace smelt::store
