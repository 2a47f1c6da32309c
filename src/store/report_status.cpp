#include "report_fields.hpp"
#include "sql/reports.hpp"

namespace smelt::store {
namespace {

task_report read_task(const pqxx::row &row) {
    task_report t;
    t.pipeline = text(row["pipeline"]);
    t.task = text(row["task"]);
    t.total = integer(row["total"]);
    t.waiting = integer(row["waiting"]);
    t.pending = integer(row["pending"]);
    t.submitted = integer(row["submitted"]);
    t.extracted = integer(row["extracted"]);
    t.retrying = integer(row["retrying"]);
    t.failed_validation = integer(row["failed_validation"]);
    t.failed = integer(row["failed"]);
    t.skipped = integer(row["skipped"]);
    t.open_batches = integer(row["open_batches"]);
    t.open_requests = integer(row["open_requests"]);
    t.is_counted_there = row["is_counted_there"].is_null() || row["is_counted_there"].as<bool>();
    t.answered = integer(row["answered"]);
    t.requests_per_second = optional_real(row["requests_per_second"]);
    t.due_in_seconds = optional_real(row["due_in_s"]).value_or(0);
    t.mean_score = optional_real(row["mean_score"]);
    t.input_tokens = integer(row["input_tokens"]);
    t.output_tokens = integer(row["output_tokens"]);
    t.cost_usd = optional_text(row["cost_usd"]);
    t.unpriced_batches = integer(row["unpriced_batches"]);
    t.copies = integer(row["copies"]);
    t.stuck_writes = integer(row["stuck_writes"]);
    t.to_review = integer(row["to_review"]);
    t.reviewed = integer(row["reviewed"]);
    t.overtaken = integer(row["overtaken"]);
    t.review_below = optional_real(row["review_below"]);
    t.judged_above = integer(row["judged"]);
    t.good_above = integer(row["good"]);
    t.source_problem = text(row["source_problem"]);
    t.hold = text(row["hold"]);
    t.over_budget = text(row["over_budget"]);
    t.active = row["active"].as<bool>();
    return t;
}

} // namespace

std::vector<task_report> reports::status(const std::string &pipeline) {
    std::vector<task_report> tasks;
    for (const auto &row : tx_.exec(sql::report_status, pipeline))
        tasks.push_back(read_task(row));
    return tasks;
}

std::string reports::now() {
    return text(tx_.exec_one(sql::report_now)[0]);
}

std::vector<std::string> reports::pipeline_names() {
    std::vector<std::string> names;
    for (const auto &row : tx_.exec(sql::report_pipelines))
        names.push_back(text(row[0]));
    return names;
}

std::vector<std::string> reports::absent_keys(pipeline_id p, const std::vector<std::string> &keys) {
    std::vector<std::string> absent;
    for (const auto &row : tx_.exec(sql::report_absent_keys, p.value, db::array_literal(keys)))
        absent.push_back(text(row[0]));
    return absent;
}

} // namespace smelt::store
