#include "report_fields.hpp"
#include "sql/reports.hpp"

namespace smelt::store {
namespace {

/// Keeps the memory of a page at a few MB with records of some kB.
constexpr int rows_per_page = 2000;

export_row read_export(const pqxx::row &row) {
    const auto words = [&](const char *column) { return db::view(row[column]); };
    export_row out;
    out.key = words("key");
    out.status = words("status");
    out.fields = words("fields");
    out.output = words("output");
    out.score = words("score");
    out.warnings = words("findings");
    out.warning_text = words("warning_text");
    out.model = words("model");
    out.cost_usd = words("cost_usd");
    out.needs_review = row["needs_review"].as<bool>();
    out.superseded = row["superseded"].as<bool>();
    out.answered = !row["input_tokens"].is_null();
    out.input_tokens = integer(row["input_tokens"]);
    out.cached_tokens = integer(row["cached_tokens"]);
    out.output_tokens = integer(row["output_tokens"]);
    out.reasoning_tokens = integer(row["reasoning_tokens"]);
    return out;
}

} // namespace

std::vector<std::string> reports::field_names(pipeline_id p) {
    std::vector<std::string> names;
    for (const auto &row : tx_.exec(sql::report_field_names, p))
        names.push_back(text(row[0]));
    return names;
}

std::optional<record_id> reports::export_page(pipeline_id p, task_id t, const exported &which, record_id after,
                                              const std::function<void(const export_row &)> &each) {
    const auto rows =
        tx_.exec(sql::report_export, p, t, after, which.all_items, optional_array(which.keys), rows_per_page);
    for (const auto &row : rows)
        each(read_export(row));
    if (rows.empty())
        return std::nullopt;
    return record_id{rows[rows.size() - 1]["record_id"].as<std::int64_t>()};
}

} // namespace smelt::store
