#include "report_fields.hpp"
#include "sql/reports.hpp"

namespace smelt::store {

std::optional<record_report> reports::record(pipeline_id p, const std::string &key) {
    use_utc(tx_);
    const auto found = tx_.exec(sql::report_record, p.value, key);
    if (found.empty())
        return std::nullopt;
    const auto row = found[0];
    record_report r;
    r.fields = text(row["fields"]);
    r.filter = text(row["skip"]);
    r.evidence = text(row["evidence"]);
    r.copy_of = text(row["copy_of"]);
    r.source_file = text(row["source_file"]);
    r.source_line = integer(row["source_line"]);
    r.changed = moment_of(row, "changed");
    for (const auto &item : tx_.exec(sql::report_record_items, p.value, key)) {
        auto &i = r.items.emplace_back();
        i.task = text(item["task"]);
        i.status = text(item["status"]);
        i.skip_reason = text(item["skip_reason"]);
        i.waits_for = text(item["waits_for"]);
        i.attempts = integer(item["attempts"]);
        i.deliveries = integer(item["deliveries"]);
        i.stale = item["stale"].as<bool>();
        i.superseded = item["superseded"].as<bool>();
        if (!item["accepted_batch_id"].is_null())
            i.accepted_batch = item["accepted_batch_id"].as<std::int32_t>();
    }
    for (const auto &review : tx_.exec(sql::report_record_reviews, p.value, key))
        r.reviews.push_back({text(review["task"]), text(review["verdict"]), text(review["reviewer"]),
                             text(review["reason"]), review["batch_id"].as<std::int32_t>(), moment_of(review, "judged"),
                             review["is_undone"].as<bool>()});
    return r;
}

} // namespace smelt::store
