#include "smelt/store/graph.hpp"

#include "sql/graph.hpp"
#include "sql/items.hpp"
#include "sql/reviews.hpp"
#include "statements.hpp"

#include "smelt/domain/status.hpp"

#include <map>

namespace smelt::store {

std::vector<std::int32_t> graph::downstream(task_id t) {
    std::vector<std::int32_t> tasks;
    for (const auto &row : tx_.exec(sql::graph_downstream, t.value))
        tasks.push_back(row[0].as<std::int32_t>());
    return tasks;
}

std::int64_t graph::hold_back(pipeline_id p, const std::vector<std::int32_t> &tasks,
                              const std::optional<std::vector<std::int64_t>> &records) {
    const auto ids = records ? std::optional{db::array_literal(*records)} : std::nullopt;
    std::int64_t held = 0;
    for (const auto task : tasks)
        held += tx_.exec_one(sql::graph_hold_back, p.value, task, ids)[0].as<std::int64_t>();
    return held;
}

void graph::answered(pipeline_id p, task_id t, const std::vector<std::int64_t> &records, bool replaced) {
    if (records.empty())
        return;
    const auto tasks = downstream(t);
    if (tasks.empty())
        return;
    const auto ids = db::array_literal(records);
    if (replaced) {
        tx_.exec(sql::graph_lock, p.value, t.value, ids);
        tx_.exec(sql::graph_replaced, p.value, t.value, ids);
        hold_back(p, tasks, records);
    }
    tx_.exec(sql::due_add_dependents, p.value, t.value, ids);
}

void graph::taken_away(pipeline_id p, task_id t, const std::vector<std::int64_t> &records) {
    if (records.empty())
        return;
    const auto tasks = downstream(t);
    if (tasks.empty())
        return;
    tx_.exec(sql::graph_lock, p.value, t.value, db::array_literal(records));
    hold_back(p, tasks, records);
}

std::int64_t graph::taken_away(pipeline_id p, task_id t) {
    return hold_back(p, downstream(t), std::nullopt);
}

void graph::lock_items(pipeline_id p, task_id t, batch_id b, const std::vector<std::int64_t> &records) {
    tx_.exec(sql::item_lock, p.value, t.value, b.value, db::array_literal(records));
}

void graph::gate(pipeline_id p, task_id t, const std::vector<std::int64_t> &records) {
    tx_.exec(sql::graph_gate, p.value, t.value, db::array_literal(records));
}

void graph::hold_incomplete(pipeline_id p, task_id t, const std::vector<std::int64_t> &records) {
    if (!records.empty())
        tx_.exec(sql::graph_hold_incomplete, p.value, t.value, db::array_literal(records));
}

void graph::built(pipeline_id p, task_id t, batch_id b, const std::vector<std::int64_t> &records,
                  const std::vector<std::string> &built_from) {
    if (records.empty())
        return;
    tx_.exec(sql::graph_built, p.value, t.value, b.value, db::array_literal(records), db::array_literal(built_from));
}

bool graph::has_needs(task_id t, const std::vector<std::int32_t> &needs) {
    return tx_.exec_one(sql::graph_has_needs, t.value, db::array_literal(needs))[0].as<bool>();
}

void graph::reconsider(pipeline_id p, task_id t) {
    tx_.exec(sql::graph_reconsider, p.value, t.value);
    all_due(p, t);
}

void graph::all_due(pipeline_id p, task_id t) {
    tx_.exec(sql::due_add_waiting, p.value, t.value);
}

bool due_queue::try_lock(pipeline_id p) {
    return tx_.exec_one(sql::due_lock, p.value)[0].as<bool>();
}

bool due_queue::is_empty(pipeline_id p) {
    return !tx_.exec_one(sql::due_any, p.value)[0].as<bool>();
}

due_items due_queue::take(pipeline_id p, std::int64_t most) {
    due_items out;
    for (const auto &row : tx_.exec(sql::due_take, p.value, most)) {
        out.task = task_id{row["task_id"].as<int>()};
        out.condition = text(row["condition"]);
        out.records.push_back(row["record_id"].as<std::int64_t>());
    }
    return out;
}

void due_queue::put_back(pipeline_id p, task_id t, const std::vector<std::int64_t> &records) {
    if (!records.empty())
        tx_.exec(sql::due_add, p.value, t.value, db::array_literal(records));
}

std::vector<due_item> due_queue::look(pipeline_id p, const due_items &items) {
    std::vector<due_item> out;
    for (const auto &row : tx_.exec(sql::due_look, p.value, items.task.value, db::array_literal(items.records))) {
        auto &item = out.emplace_back();
        item.record = row["record_id"].as<std::int64_t>();
        item.seen = text(row["seen"]);
        item.complete = row["complete"].as<bool>();
        item.gone = text(row["gone"]);
        item.built_from = nullable(text(row["built_from"]));
        item.fields = text(row["fields"]);
        item.tasks = text(row["tasks"]);
        item.evidence = text(row["evidence"]);
        item.decided = text(row["decided"]);
        item.pack = text(row["pack"]);
    }
    return out;
}

std::vector<std::int64_t> due_queue::lock(pipeline_id p, task_id t, const std::vector<due_item> &items) {
    std::vector<std::int64_t> records;
    std::vector<std::string> seen;
    std::vector<std::optional<std::string>> built_from;
    for (const auto &item : items) {
        records.push_back(item.record);
        seen.push_back(item.seen);
        built_from.push_back(item.built_from);
    }
    const auto ids = db::array_literal(records);
    tx_.exec(sql::due_lock_items, p.value, t.value, ids);
    return integers(
        tx_.exec(sql::due_still, p.value, t.value, ids, db::array_literal(seen), db::array_literal(built_from)));
}

std::vector<settled_item> due_queue::settle(pipeline_id p, task_id t, const std::vector<std::int64_t> &records,
                                            const std::vector<std::optional<std::string>> &reasons) {
    std::vector<settled_item> out;
    for (const auto &row :
         tx_.exec(sql::due_settle, p.value, t.value, db::array_literal(records), db::array_literal(reasons)))
        out.push_back({row[0].as<std::int64_t>(), row[1].as<int>(), row[2].as<int>()});
    return out;
}

std::vector<settled_item> due_queue::decide(pipeline_id p, task_id t, const std::string &pack,
                                            const std::vector<decided_item> &items) {
    std::map<std::int64_t, const decided_item *> by_record;
    std::vector<std::int64_t> asked;
    for (const auto &item : items) {
        by_record.emplace(item.record, &item);
        asked.push_back(item.record);
    }
    std::vector<settled_item> settled;
    std::vector<std::int64_t> records, replaced;
    std::vector<std::int32_t> former_batches;
    std::vector<std::string> outputs;
    std::vector<std::optional<std::string>> built_from;
    for (const auto &row : tx_.exec(sql::due_decidable, p.value, t.value, db::array_literal(asked))) {
        const auto &item = *by_record.at(row["record_id"].as<std::int64_t>());
        settled.push_back({item.record, row["former"].as<int>(), static_cast<int>(item_status::extracted)});
        records.push_back(item.record);
        outputs.push_back(item.output);
        built_from.push_back(item.built_from);
        if (!row["accepted_batch_id"].is_null()) {
            replaced.push_back(item.record);
            former_batches.push_back(row["accepted_batch_id"].as<std::int32_t>());
        }
    }
    if (records.empty())
        return settled;
    const auto batch = tx_.exec_one(sql::due_decide_batch, p.value, t.value, static_cast<std::int64_t>(records.size()),
                                    static_cast<std::int64_t>(replaced.size()), pack)[0]
                           .as<std::int32_t>();
    const auto ids = db::array_literal(records);
    const auto sources = db::array_literal(built_from);
    tx_.exec(sql::due_decide_attempts, p.value, t.value, batch, ids, db::array_literal(outputs), sources);
    if (!replaced.empty())
        tx_.exec(sql::review_score_correct, p.value, t.value, db::array_literal(replaced),
                 db::array_literal(former_batches), 1);
    tx_.exec(sql::due_decide_items, p.value, t.value, batch, ids, sources);
    graph{tx_}.answered(p, t, records, !replaced.empty());
    return settled;
}

} // namespace smelt::store
