#include "smelt/store/analysis.hpp"

#include "report_fields.hpp"
#include "sql/analysis.hpp"
#include "statements.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::store {
namespace {

/// More different values than this are told as ranges, where they are numbers.
constexpr std::int64_t values_told = 12;
constexpr int ranges = 10;

double real_or_zero(const pqxx::field &field) {
    return optional_real(field).value_or(0);
}

} // namespace

score_figures analysis::scores() {
    score_figures all;
    double sum = 0;
    for (const auto &row : tx_.exec(sql::analysis_scores, pipeline_.value, task_.value, since_)) {
        const auto answers = integer(row["answers"]);
        all.least = all.answers == 0 ? real_or_zero(row["least"]) : std::min(all.least, real_or_zero(row["least"]));
        all.most = std::max(all.most, real_or_zero(row["most"]));
        all.answers += answers;
        all.current += integer(row["current"]);
        sum += real_or_zero(row["score"]);
        all.tenths.at(static_cast<std::size_t>(std::clamp(row["tenth"].as<int>(), 0, 9))) = answers;
    }
    all.mean = all.answers == 0 ? 0 : sum / static_cast<double>(all.answers);
    return all;
}

field_figures analysis::field(const std::vector<std::string> &path) {
    const auto at = db::array_literal(path);
    field_figures all;
    const auto row = tx_.exec_one(sql::analysis_field, pipeline_.value, task_.value, since_, at);
    all.values = integer(row["values"]);
    all.different = integer(row["different"]);
    if (all.values > 0 && integer(row["numbers"]) == all.values)
        all.mean = real_or_zero(row["mean"]);
    all.least = real_or_zero(row["least"]);
    all.most = real_or_zero(row["most"]);
    all.are_ranges = all.mean && all.different > values_told && all.least < all.most;
    if (!all.are_ranges) {
        for (const auto &one : tx_.exec(sql::analysis_values, pipeline_.value, task_.value, since_, at, values_told))
            all.counts.emplace_back(text(one[0]), integer(one[1]));
        if (all.mean)
            std::ranges::sort(all.counts, {}, [](const auto &one) { return std::strtod(one.first.c_str(), nullptr); });
        return all;
    }
    const auto width = (all.most - all.least) / ranges;
    for (int i = 0; i < ranges; ++i)
        all.counts.emplace_back(fmt::format("{:.4g} to {:.4g}", all.least + width * i, all.least + width * (i + 1)), 0);
    for (const auto &one :
         tx_.exec(sql::analysis_bins, pipeline_.value, task_.value, since_, at, all.least, all.most, ranges))
        all.counts.at(static_cast<std::size_t>(std::clamp(one[0].as<int>(), 1, ranges) - 1)).second = integer(one[1]);
    return all;
}

std::vector<model_usage> analysis::usage() {
    std::vector<model_usage> all;
    for (const auto &row : tx_.exec(sql::analysis_usage, pipeline_.value, task_.value, since_))
        all.push_back({row["rung"].as<int>(), text(row["provider"]), text(row["model"]), integer(row["batches"]),
                       integer(row["requests"]), integer(row["accepted"]), integer(row["rejected"]),
                       integer(row["unanswered"]), integer(row["input_tokens"]), integer(row["cached_tokens"]),
                       integer(row["output_tokens"]), integer(row["reasoning_tokens"]), integer(row["cost"]),
                       integer(row["unpriced"])});
    return all;
}

wasted_answers analysis::waste() {
    const auto row = tx_.exec_one(sql::analysis_waste, pipeline_.value, task_.value, since_);
    const auto lost = tx_.exec_one(sql::analysis_lost, pipeline_.value, task_.value, since_);
    wasted_answers all;
    all.invalid = integer(row["invalid"]);
    all.invalid_cost = integer(row["invalid_cost"]);
    all.replaced = integer(row["replaced"]);
    all.replaced_cost = integer(row["replaced_cost"]);
    all.failed = integer(row["failed"]);
    all.failed_cost = integer(row["failed_cost"]);
    all.unpriced = integer(row["unpriced"]);
    all.expired = integer(lost["expired"]);
    all.missing = integer(lost["missing"]);
    all.duplicate_lines = integer(lost["duplicate"]);
    all.duplicate_jobs = integer(lost["duplicate_jobs"]);
    return all;
}

std::vector<rule_figures> analysis::rules() {
    std::vector<rule_figures> all;
    for (const auto &row : tx_.exec(sql::analysis_rules, pipeline_.value, task_.value, since_))
        all.push_back({text(row[0]), integer(row[1]), integer(row[2])});
    return all;
}

batch_figures analysis::batches() {
    const auto row = tx_.exec_one(sql::analysis_batches, pipeline_.value, task_.value, since_);
    return {integer(row["batches"]), real_or_zero(row["mean"]), real_or_zero(row["least"]), real_or_zero(row["most"]),
            optional_real(row["per_second"])};
}

} // namespace smelt::store
