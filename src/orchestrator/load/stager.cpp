#include "stager.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/base/text.hpp"

#include <fmt/format.h>

namespace smelt::orchestrator {
namespace {

// Rows that are evaluated together.
constexpr std::size_t prefilter_rows = 2000;
constexpr std::size_t prefilter_bytes = 16'000'000;

/// Of a hash: 128 bits, so that unequal texts never meet.
constexpr std::size_t dedupe_digits = 32;

/// That fits a bigint.
bool is_whole_number(std::string_view key) {
    constexpr std::size_t most_digits = 18;
    if (key.starts_with('-'))
        key.remove_prefix(1);
    return !key.empty() && key.size() <= most_digits && key.find_first_not_of("0123456789") == std::string_view::npos &&
           (key.front() != '0' || key.size() == 1);
}

} // namespace

stager::stager(store::records &records, db::connection &rules, const registered_pipeline &p, const load_plan &plan)
    : records_{records}, rules_{rules} {
    for (const auto &filter : p.config->prefilters)
        expressions_.push_back({filter.name, filter.skip_if, store::expression::sees::fields});
    if (p.config->dedupe)
        expressions_.push_back({"dedupe.by", p.config->dedupe->by, store::expression::sees::fields, true});
    const auto &spec = p.config->source.text_file;
    if (spec || p.config->source.again || p.config->dedupe)
        records_.expect_more();
    if (!spec)
        return;
    const std::set<std::string> content{plan.fields.begin(), plan.fields.end()};
    texts_ = std::make_unique<source::text_by_path>(*spec, p.config->folder, source::is_content(content, spec->field));
    if (!plan.everything && !records_.is_first_load())
        records_.for_each_hashed(p.id, [&](std::string_view key, std::int64_t hash) { texts_->remember(key, hash); });
}

void stager::add(source::row row, std::int32_t file, const std::string &place) {
    has_whole_keys_ = has_whole_keys_ && is_whole_number(row.key);
    if (texts_)
        texts_->complete(row, place);
    waiting_.push_back({std::move(row.key), std::move(row.fields), std::move(row.content_hash), file, row.line,
                        std::move(row.skip), std::move(row.incomplete), row.hash, row.same,
                        std::move(row.again_version), std::nullopt});
    waiting_bytes_ += waiting_.back().fields.size();
    place_ = place;
    ++rows_;
    if (expressions_.empty() || waiting_.size() >= prefilter_rows || waiting_bytes_ >= prefilter_bytes)
        flush();
}

void stager::flush() {
    if (waiting_.empty())
        return;
    if (!expressions_.empty())
        apply_filters();
    if (!writer_)
        writer_ = records_.writer();
    for (const auto &row : waiting_) {
        if (row.incomplete && !row.skip && incomplete_++ == 0)
            first_incomplete_ = row.key + ": " + *row.incomplete;
        records_.write(*writer_, row);
    }
    waiting_.clear();
    waiting_bytes_ = 0;
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

std::vector<std::string> stager::notes() const {
    if (incomplete_ == 0)
        return {};
    if (incomplete_ == 1)
        return {"a record waits for its source: " + first_incomplete_};
    return {
        fmt::format("{} records wait for their source, for example {}", group_digits(incomplete_), first_incomplete_)};
}

void stager::apply_filters() {
    std::vector<std::string> fields;
    std::vector<store::incoming_row *> judged;
    for (auto &row : waiting_)
        if (!row.skip && !row.same) {
            fields.push_back(row.fields);
            judged.push_back(&row);
        }
    const auto found = store::evaluate_fields(rules_, expressions_, fields);
    for (std::size_t i = 0; i < judged.size(); ++i)
        for (std::size_t e = 0; e < expressions_.size(); ++e)
            apply(*judged[i], expressions_[e], found[i][e]);
}

void stager::apply(store::incoming_row &row, const store::expression &filter, const store::evaluation &found) const {
    if (!found.error.empty())
        throw file_error{place_, static_cast<int>(row.line),
                         (filter.is_text ? filter.name : "prefilter " + filter.name) + " cannot be evaluated for key " +
                             row.key + ": " + found.error,
                         "guard the expression, for example with a CASE; nothing of this load was kept"};
    if (filter.is_text && found.text)
        row.dedupe_hash = sha256_hex(*found.text).substr(0, dedupe_digits);
    if (found.holds && !row.skip)
        row.skip = filter.name;
}

} // namespace smelt::orchestrator
