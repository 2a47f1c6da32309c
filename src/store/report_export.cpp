#include "report_fields.hpp"
#include "sql/reports.hpp"

#include "smelt/base/compress.hpp"

#include <algorithm>

namespace smelt::store {
namespace {

export_item read_export_item(const pqxx::row &row) {
    export_item item;
    item.status = text(row["status"]);
    item.reason = text(row["reason"]);
    item.output = text(row["output"]);
    item.score = text(row["score"]);
    item.warnings = text(row["warning_text"]);
    item.model = text(row["model"]);
    item.cost_usd = text(row["cost_usd"]);
    item.remote_id = text(row["remote_id"]);
    item.extracted_at = text(row["extracted_at"]);
    item.version = text(row["version"]);
    item.is_answered = !row["batch_id"].is_null();
    item.needs_review = row["needs_review"].as<bool>();
    item.superseded = row["superseded"].as<bool>();
    item.input_tokens = integer(row["input_tokens"]);
    item.cached_tokens = integer(row["cached_tokens"]);
    item.output_tokens = integer(row["output_tokens"]);
    item.reasoning_tokens = integer(row["reasoning_tokens"]);
    item.batch = static_cast<std::int32_t>(integer(row["batch_id"]));
    return item;
}

} // namespace

std::vector<std::int64_t> reports::records_to_export(pipeline_id p, const std::vector<std::int32_t> &tasks,
                                                     bool all_records, std::int64_t after, int most) {
    return integers(tx_.exec(sql::report_export_records, p, db::array_literal(tasks), all_records, after, most));
}

std::vector<std::int64_t> reports::records_to_export(pipeline_id p, const std::vector<std::int32_t> &tasks,
                                                     bool all_records, const std::vector<std::string> &keys) {
    return integers(
        tx_.exec(sql::report_export_keys, p, db::array_literal(tasks), all_records, db::array_literal(keys)));
}

bool reports::has_key_field(pipeline_id p, const std::vector<std::string> &fields) {
    return tx_.exec_one(sql::report_key_field, p, db::array_literal(fields))[0].as<bool>();
}

std::vector<export_record> reports::export_page(pipeline_id p, const std::vector<std::int32_t> &tasks,
                                                const std::vector<std::int64_t> &records, bool with_raw) {
    std::vector<export_record> page;
    for (const auto &row :
         tx_.exec(sql::report_export, p, db::array_literal(tasks), db::array_literal(records), with_raw)) {
        const record_id id{row["record_id"].as<std::int64_t>()};
        if (page.empty() || page.back().id != id)
            page.push_back({id, text(row["key"]), text(row["fields"]), text(row["source_file"]),
                            integer(row["source_line"]), std::vector<export_item>(tasks.size())});
        const auto place = std::ranges::find(tasks, row["task_id"].as<std::int32_t>()) - tasks.begin();
        auto &item = page.back().items[static_cast<std::size_t>(place)];
        item = read_export_item(row);
        if (const auto bytes = text(row["raw"]); !bytes.empty())
            item.raw = inflate(from_hex(bytes));
        if (const auto bytes = text(row["line"]); !bytes.empty())
            item.line = inflate(from_hex(bytes));
    }
    return page;
}

} // namespace smelt::store
