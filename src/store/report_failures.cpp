#include "report_fields.hpp"
#include "sql/reports.hpp"

#include "smelt/base/compress.hpp"
#include "smelt/base/error.hpp"

namespace smelt::store {
namespace {

/// The answer as the model gave it; where that was not kept, what was stored of it.
std::string answer_of(const pqxx::row &row) {
    if (row["raw"].is_null())
        return text(row["output"]);
    try {
        return inflate(from_hex(db::view(row["raw"])));
    } catch (const error &) {
        return "(the stored answer cannot be read)";
    }
}

std::vector<failure_report> failures_of(const pqxx::result &rows) {
    std::vector<failure_report> found;
    for (const auto &row : rows) {
        auto &f = found.emplace_back();
        f.task = text(row["task"]);
        f.key = text(row["key"]);
        f.status = text(row["status"]);
        f.cause = text(row["cause"]);
        f.message = text(row["message"]);
        f.findings = text(row["findings"]);
        f.attempts = integer(row["attempts"]);
        f.deliveries = integer(row["deliveries"]);
        if (!row["batch_id"].is_null())
            f.batch = row["batch_id"].as<std::int32_t>();
        f.at = moment_of(row, "applied");
        f.source_file = text(row["source_file"]);
        f.source_line = integer(row["source_line"]);
        f.answer = answer_of(row);
        f.items = integer(row["items"]);
    }
    return found;
}

} // namespace

std::vector<failure_report> reports::failures(pipeline_id p, std::int64_t limit) {
    use_utc(tx_);
    return failures_of(tx_.exec(sql::report_failures, p, limit));
}

std::vector<failure_report> reports::failure_causes(pipeline_id p) {
    use_utc(tx_);
    return failures_of(tx_.exec(sql::report_failure_causes, p));
}

std::vector<answer_report> reports::answers(pipeline_id p, const answer_filter &wanted) {
    use_utc(tx_);
    std::vector<answer_report> found;
    for (const auto &row : tx_.exec(sql::report_answers, p, wanted.rejected, wanted.cause, wanted.key, wanted.limit)) {
        auto &a = found.emplace_back();
        a.task = text(row["task"]);
        a.key = text(row["key"]);
        a.outcome = text(row["outcome"]);
        a.cause = text(row["cause"]);
        a.message = text(row["message"]);
        a.findings = text(row["findings"]);
        a.model = text(row["model"]);
        a.answer = answer_of(row);
        a.score = optional_real(row["score"]);
        a.batch = row["batch_id"].as<std::int32_t>();
        a.at = moment_of(row, "applied");
        a.version = row["task_version_id"].as<std::int32_t>();
        a.fields = text(row["fields"]);
        a.record_changed = row["record_changed"].as<bool>();
        a.made_by = text(row["made_by"]);
    }
    return found;
}

} // namespace smelt::store
