#include "smelt/store/reviews.hpp"

#include "sql/reviews.hpp"
#include "statements.hpp"

#include "smelt/store/graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace smelt::store {
namespace {

template <class Value>
auto column(const std::vector<verdict> &verdicts, const Value &value) {
    std::vector<decltype(value(verdicts.front()))> values;
    values.reserve(verdicts.size());
    for (const auto &v : verdicts)
        values.push_back(value(v));
    return values;
}

std::vector<std::int64_t> records_of(const std::vector<verdict> &verdicts) {
    return column(verdicts, [](const verdict &v) { return v.record.value; });
}

std::string batches_of(const std::vector<verdict> &verdicts) {
    return db::array_literal(column(verdicts, [](const verdict &v) { return v.batch.value; }));
}

std::string reasons_of(const std::vector<verdict> &verdicts) {
    return db::array_literal(column(verdicts, [](const verdict &v) { return nullable(v.reason); }));
}

std::string as_text(const std::vector<verdict> &verdicts, std::optional<double> (*value)(const verdict &)) {
    return db::array_literal(column(verdicts, [&](const verdict &v) -> std::optional<std::string> {
        const auto number = value(v);
        return number ? std::optional{fmt::format("{}", *number)} : std::nullopt;
    }));
}

} // namespace

std::string reviews::new_token() {
    return text(tx_.exec_one(sql::review_token)[0]);
}

std::int64_t reviews::count(const review_choice &choice, const std::string &token) {
    return tx_
        .exec_one("SELECT count(*) FROM (" + std::string{sql::review_candidates.text} + ") AS x", pipeline_.value,
                  db::array_literal(choice.tasks), choice.below, choice.any_score, optional_array(choice.keys), token,
                  std::optional<std::int64_t>{})[0]
        .as<std::int64_t>();
}

std::vector<review_candidate> reviews::candidates(const review_choice &choice, const std::string &token,
                                                  std::int64_t most) {
    std::vector<review_candidate> out;
    for (const auto &row :
         tx_.exec(sql::review_candidates, pipeline_.value, db::array_literal(choice.tasks), choice.below,
                  choice.any_score, optional_array(choice.keys), token, std::optional{most}))
        out.push_back({task_id{row[0].as<int>()}, record_id{row[1].as<std::int64_t>()}, batch_id{row[2].as<int>()},
                       row[3].as<double>()});
    return out;
}

bool reviews::lease(const review_candidate &one, const reviewer_identity &who, std::chrono::seconds length) {
    return !tx_.exec(sql::review_lease_take, pipeline_.value, one.task.value, one.record.value, one.batch.value,
                     who.token, who.name, static_cast<std::int64_t>(length.count()))
                .empty();
}

void reviews::end_lease(task_id t, record_id r, const std::string &token) {
    tx_.exec(sql::review_lease_end, pipeline_.value, t.value, r.value, token);
}

void reviews::end_leases(const std::string &token) {
    tx_.exec(sql::review_leases_end, pipeline_.value, token);
}

std::int64_t reviews::leased(const std::string &token) {
    return tx_.exec_one(sql::review_leased, pipeline_.value, token)[0].as<std::int64_t>();
}

std::vector<shown_answer> reviews::show(task_id t, const std::vector<std::int64_t> &records) {
    std::vector<shown_answer> out;
    for (const auto &row : tx_.exec(sql::review_show, pipeline_.value, t.value, db::array_literal(records))) {
        auto &a = out.emplace_back();
        a.record = record_id{row["record_id"].as<std::int64_t>()};
        a.batch = batch_id{row["batch_id"].as<int>()};
        a.version = version_id{row["task_version_id"].as<int>()};
        a.task = text(row["task"]);
        a.key = text(row["key"]);
        a.model = text(row["model"]);
        a.applied_at = text(row["applied_at"]);
        a.fields = text(row["fields"]);
        a.output = text(row["output"]);
        a.tasks = text(row["tasks"]);
        a.findings = text(row["findings"]);
        a.earlier = text(row["earlier"]);
        a.score = row["score"].as<double>();
        a.is_doubtful = row["is_doubtful"].as<bool>();
    }
    return out;
}

std::vector<reviews::standing> reviews::find(const std::vector<place> &places) {
    std::vector<std::int32_t> tasks;
    std::vector<std::string> keys;
    std::vector<std::int32_t> batches;
    for (const auto &p : places) {
        tasks.push_back(p.task.value);
        keys.push_back(p.key);
        batches.push_back(p.batch.value);
    }
    std::vector<standing> out(places.size());
    for (const auto &row : tx_.exec(sql::review_find, pipeline_.value, db::array_literal(tasks),
                                    db::array_literal(keys), db::array_literal(batches)))
        out[static_cast<std::size_t>(row["n"].as<std::int64_t>()) - 1] = {
            record_id{row["record_id"].as<std::int64_t>()}, row["stands"].as<bool>(),
            version_id{static_cast<std::int32_t>(integer(row["version_id"]))}, text(row["verdict"])};
    return out;
}

std::vector<std::optional<std::int64_t>> reviews::give(task_id t, version_id version, verdict_kind kind,
                                                       const std::string &reviewer,
                                                       const std::vector<verdict> &verdicts) {
    std::vector<std::optional<std::int64_t>> ids(verdicts.size());
    std::map<std::int64_t, std::size_t> places;
    for (std::size_t i = 0; i < verdicts.size(); ++i)
        places.emplace(verdicts[i].record.value, i);
    std::vector<verdict> standing;
    std::vector<std::size_t> at;
    for (const auto &row : tx_.exec(sql::review_lock, pipeline_.value, t.value, db::array_literal(records_of(verdicts)),
                                    batches_of(verdicts))) {
        at.push_back(places.at(row[0].as<std::int64_t>()));
        standing.push_back(verdicts[at.back()]);
    }
    if (standing.empty())
        return ids;
    std::vector<std::int64_t> given;
    change_items(t, version, kind, reviewer, standing, given);
    for (std::size_t i = 0; i < at.size(); ++i)
        ids[at[i]] = given[i];
    return ids;
}

/// The new batch. Before reviews are inserted, and items change after.
std::int32_t reviews::edit(task_id t, version_id version, const std::vector<verdict> &verdicts,
                           const std::string &records) {
    const auto batch = tx_.exec_one(sql::review_edit_batch, pipeline_.value, t.value, version.value,
                                    static_cast<std::int64_t>(verdicts.size()))[0]
                           .as<std::int32_t>();
    tx_.exec(sql::review_edit_attempts, pipeline_.value, t.value, batch, records,
             db::array_literal(column(verdicts, [](const verdict &v) { return v.output; })),
             as_text(verdicts, [](const verdict &v) { return std::optional{v.score}; }),
             db::array_literal(column(verdicts, [](const verdict &v) { return nullable(v.findings); })));
    return batch;
}

void reviews::change_items(task_id t, version_id version, verdict_kind kind, const std::string &reviewer,
                           const std::vector<verdict> &verdicts, std::vector<std::int64_t> &ids) {
    const auto ordered = records_of(verdicts);
    const auto records = db::array_literal(ordered);
    const bool is_edit = kind == verdict_kind::edited;
    const auto batch = is_edit ? std::optional{edit(t, version, verdicts, records)} : std::nullopt;
    ids = integers(tx_.exec(sql::review_insert, pipeline_.value, t.value, records, batch, static_cast<int>(kind),
                            reviewer, reasons_of(verdicts),
                            as_text(verdicts, [](const verdict &v) { return v.seconds; })));
    if (kind == verdict_kind::accepted || kind == verdict_kind::approved) {
        tx_.exec(sql::review_accept, pipeline_.value, t.value, records);
        return;
    }
    tx_.exec(sql::review_score_correct, pipeline_.value, t.value, records, batches_of(verdicts), 1);
    graph dependents{tx_};
    if (is_edit) {
        tx_.exec(sql::review_edit_items, pipeline_.value, t.value, *batch, records);
        dependents.answered(pipeline_, t, ordered, true);
    } else {
        tx_.exec(sql::review_reject, pipeline_.value, t.value, records, reasons_of(verdicts),
                 kind == verdict_kind::failed);
        dependents.taken_away(pipeline_, t, ordered);
    }
}

bool reviews::undo(std::int64_t review) {
    const auto found = tx_.exec(sql::review_undo_lock, pipeline_.value, review);
    if (found.empty() || tx_.exec(sql::review_undo, pipeline_.value, review).affected_rows() == 0)
        return false;
    tx_.exec(sql::review_undone, pipeline_.value, review);
    const task_id task{found[0]["task_id"].as<int>()};
    const auto kind = static_cast<verdict_kind>(found[0]["verdict"].as<int>());
    if (kind == verdict_kind::accepted || kind == verdict_kind::approved)
        return true;
    const std::vector records{found[0]["record_id"].as<std::int64_t>()};
    tx_.exec(sql::review_score_correct, pipeline_.value, task.value, db::array_literal(records),
             db::array_literal(std::vector{found[0]["batch_id"].as<std::int32_t>()}), -1);
    graph dependents{tx_};
    dependents.hold_back(pipeline_, {task.value}, records);
    dependents.answered(pipeline_, task, records, true);
    return true;
}

std::vector<reviews::approvable> reviews::approvable_from(task_id t, double least,
                                                          const std::optional<std::vector<std::string>> &keys,
                                                          std::int64_t after_record, std::int64_t most) {
    std::vector<approvable> out;
    for (const auto &row :
         tx_.exec(sql::review_approvable, pipeline_.value, t.value, least, optional_array(keys), after_record, most))
        out.push_back({record_id{row[0].as<std::int64_t>()}, batch_id{row[1].as<int>()}, row[2].as<bool>()});
    return out;
}

std::vector<reviews::judged_score> reviews::scores(task_id t) {
    std::vector<judged_score> out;
    for (const auto &row : tx_.exec(sql::review_scores, pipeline_.value, t.value))
        out.push_back({row[0].as<double>(), row[1].as<bool>()});
    return out;
}

} // namespace smelt::store
