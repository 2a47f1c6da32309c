#include "stager.hpp"

#include "smelt/base/error.hpp"

namespace smelt::orchestrator {
namespace {

constexpr std::size_t prefilter_rows = 2000;

/// That fits a bigint.
bool is_whole_number(std::string_view key) {
    constexpr std::size_t most_digits = 18;
    if (key.starts_with('-'))
        key.remove_prefix(1);
    return !key.empty() && key.size() <= most_digits && key.find_first_not_of("0123456789") == std::string_view::npos &&
           (key.front() != '0' || key.size() == 1);
}

} // namespace

stager::stager(store::records &records, db::connection &rules, const config::pipeline &p)
    : records_{records}, rules_{rules} {
    for (const auto &filter : p.prefilters)
        expressions_.push_back({filter.name, filter.skip_if, store::expression::sees::fields});
}

void stager::add(source::row row, std::int32_t file, const std::string &place) {
    has_whole_keys_ = has_whole_keys_ && is_whole_number(row.key);
    waiting_.push_back(
        {std::move(row.key), std::move(row.fields), std::move(row.content_hash), file, row.line, std::nullopt});
    place_ = place;
    ++rows_;
    if (expressions_.empty() || waiting_.size() >= prefilter_rows)
        flush();
}

void stager::flush() {
    if (waiting_.empty())
        return;
    if (!expressions_.empty())
        apply_filters();
    if (!writer_)
        writer_ = records_.writer();
    for (const auto &row : waiting_)
        records_.write(*writer_, row);
    waiting_.clear();
}

void stager::pause() {
    if (!writer_)
        return;
    writer_->complete();
    writer_.reset();
}

void stager::finish() {
    flush();
    pause();
}

void stager::apply_filters() {
    std::vector<std::string> fields;
    for (const auto &row : waiting_)
        fields.push_back(row.fields);
    const auto found = store::evaluate_fields(rules_, expressions_, fields);
    for (std::size_t i = 0; i < waiting_.size(); ++i)
        for (std::size_t e = 0; e < expressions_.size(); ++e)
            apply(waiting_[i], expressions_[e], found[i][e]);
}

void stager::apply(store::incoming_row &row, const store::expression &filter, const store::evaluation &found) const {
    if (!found.error.empty())
        throw file_error{place_, static_cast<int>(row.line),
                         "prefilter " + filter.name + " cannot be evaluated for key " + row.key + ": " + found.error,
                         "guard the expression, for example with a CASE; nothing of this load was kept"};
    if (found.holds && !row.skip)
        row.skip = filter.name;
}

} // namespace smelt::orchestrator
