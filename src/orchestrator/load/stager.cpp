#include "stager.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/base/text.hpp"
#include "smelt/store/rule_packs.hpp"

#include <fmt/format.h>

namespace smelt::orchestrator {
namespace {

// Rows that are evaluated together.
constexpr std::size_t prefilter_rows = 2000;
constexpr std::size_t prefilter_bytes = 8'000'000;

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

/// Some of the rows, and their fields.
struct chosen_rows {
    std::vector<store::incoming_row *> rows;
    std::vector<std::string> fields;
};
template <class Wanted>
chosen_rows chosen(std::vector<store::incoming_row> &rows, const Wanted &is_wanted) {
    chosen_rows some;
    for (auto &row : rows)
        if (is_wanted(row)) {
            some.rows.push_back(&row);
            some.fields.push_back(row.fields);
        }
    return some;
}

/// Null where it is not there.
json member_of(const json &value, const std::vector<std::string> &path) {
    const auto *at = &value;
    for (const auto &name : path) {
        if (!at->is_object() || !at->contains(name))
            return nullptr;
        at = &at->at(name);
    }
    return *at;
}

} // namespace

stager::stager(store::records &records, db::connection &rules, const registered_pipeline &p, const load_plan &plan)
    : records_{records}, rules_{rules}, forgotten_{plan.forgotten}, is_foreign_{p.config->source.http.has_value()} {
    for (const auto &filter : p.config->prefilters)
        expressions_.push_back({filter.name, filter.skip_if, store::expression::sees::fields});
    if (p.config->dedupe)
        expressions_.push_back({"dedupe.by", p.config->dedupe->by, store::expression::sees::fields, true});
    if (p.config->rules) {
        pack_ = &*p.config->rules;
        finder_ = std::make_unique<store::family_finder>(*pack_);
    }
    evidence_parts_ = plan.evidence_parts;
    const auto &spec = p.config->source.text_file;
    if (spec || p.config->source.again || p.config->dedupe || pack_ != nullptr)
        records_.expect_more();
    if (!spec)
        return;
    const std::set<std::string> content{plan.fields.begin(), plan.fields.end()};
    texts_ = std::make_unique<source::text_by_path>(*spec, p.config->folder, source::is_content(content, spec->field));
    if (!plan.everything && !records_.is_first_load())
        records_.for_each_hashed(p.id, [&](std::string_view key, std::int64_t hash) { texts_->remember(key, hash); });
}

void stager::add(source::row row, std::int32_t file, const std::string &place) {
    if (forgotten_.contains(row.key)) {
        ++passed_over_;
        return;
    }
    has_whole_keys_ = has_whole_keys_ && is_whole_number(row.key);
    if (texts_)
        texts_->complete(row, place);
    waiting_.push_back({std::move(row.key), std::move(row.fields), std::move(row.content_hash), file, row.line,
                        std::move(row.skip), std::move(row.incomplete), row.hash, row.same,
                        std::move(row.again_version), std::nullopt, std::nullopt, std::nullopt});
    waiting_bytes_ += waiting_.back().fields.size();
    place_ = place;
    ++rows_;
    if (!judges() || waiting_.size() >= prefilter_rows || waiting_bytes_ >= prefilter_bytes)
        flush();
}

bool stager::judges() const {
    return !expressions_.empty() || pack_ != nullptr;
}

void stager::flush() {
    if (waiting_.empty())
        return;
    batch next{std::move(waiting_), place_};
    waiting_.clear();
    waiting_bytes_ = 0;
    if (!judges()) {
        write(next);
        return;
    }
    const auto before = judged_.valid() ? judged_.get() : batch{};
    judged_ = std::async(std::launch::async, [this, rows = std::move(next)]() mutable {
        judge(rows);
        return std::move(rows);
    });
    write(before); // while this one is judged
}

void stager::judge(batch &rows) const {
    if (!expressions_.empty())
        apply_filters(rows);
    if (pack_ != nullptr)
        apply_rule_pack(rows);
}

void stager::write_judged() {
    if (judged_.valid())
        write(judged_.get());
}

void stager::write(const batch &rows) {
    if (!writer_)
        writer_ = records_.writer();
    for (const auto &row : rows.rows) {
        if (row.incomplete && !row.skip && incomplete_++ == 0)
            first_incomplete_ = row.key + ": " + *row.incomplete;
        records_.write(*writer_, row);
    }
}

void stager::pause() {
    if (!writer_)
        return;
    writer_->complete();
    writer_.reset();
}

void stager::finish() {
    flush();
    write_judged();
    pause();
}

std::vector<std::string> stager::notes() const {
    std::vector<std::string> notes;
    if (passed_over_ > 0)
        notes.push_back(fmt::format("{} with a key that was forgotten {} not loaded",
                                    passed_over_ == 1 ? "a row" : group_digits(passed_over_) + " rows",
                                    passed_over_ == 1 ? "is" : "are"));
    if (incomplete_ == 1)
        notes.push_back("a record waits for its source: " + first_incomplete_);
    if (incomplete_ > 1)
        notes.push_back(fmt::format("{} records wait for their source, for example {}", group_digits(incomplete_),
                                    first_incomplete_));
    return notes;
}

void stager::apply_filters(batch &rows) const {
    const auto [judged, fields] = chosen(rows.rows, [](const auto &row) { return !row.skip && !row.same; });
    const auto found = store::evaluate_fields(rules_, expressions_, fields);
    for (std::size_t i = 0; i < judged.size(); ++i)
        for (std::size_t e = 0; e < expressions_.size(); ++e)
            apply(*judged[i], expressions_[e], found[i][e], rows.place);
}

void stager::apply_rule_pack(batch &rows) const {
    const auto [judged, fields] = chosen(rows.rows, [](const auto &row) { return !row.same && !row.incomplete; });
    try {
        const auto verdicts = find_evidence(rules_, *pack_, *finder_, fields);
        for (std::size_t i = 0; i < judged.size(); ++i)
            apply(*judged[i], verdicts[i]);
    } catch (const store::search_error &e) {
        const auto &row = *judged[e.text()];
        throw file_error{rows.place, static_cast<int>(row.line),
                         "family " + pack_->families[e.family()].name + " of " + pack_->file +
                             " cannot be looked for in the record " + row.key + ": " + e.what(),
                         "make its patterns simpler; nothing of this load was kept"};
    }
}

void stager::apply(store::incoming_row &row, const pack_verdict &verdict) const {
    row.evidence = verdict.evidence.dump();
    row.decision = verdict.decision(*pack_);
    if (!row.skip)
        row.skip = verdict.skip(*pack_);
    if (evidence_parts_.empty())
        return;
    sha256_stream hash;
    hash.add(row.content_hash);
    for (const auto &part : evidence_parts_)
        hash.add(member_of(verdict.evidence, part).dump());
    row.content_hash = hash.hex();
}

void stager::apply(store::incoming_row &row, const store::expression &filter, const store::evaluation &found,
                   const std::string &place) const {
    // What others have written stops nothing of theirs but itself.
    if (!found.error.empty() && is_foreign_) {
        row.incomplete =
            (filter.is_text ? filter.name : "prefilter " + filter.name) + " cannot be evaluated: " + found.error;
        return;
    }
    if (!found.error.empty())
        throw file_error{place, static_cast<int>(row.line),
                         (filter.is_text ? filter.name : "prefilter " + filter.name) + " cannot be evaluated for key " +
                             row.key + ": " + found.error,
                         "guard the expression, for example with a CASE; nothing of this load was kept"};
    if (filter.is_text && found.text)
        row.dedupe_hash = sha256_hex(*found.text).substr(0, dedupe_digits);
    if (found.holds && !row.skip)
        row.skip = filter.name;
}

} // namespace smelt::orchestrator
