#include "result_lines.hpp"

#include "rule_findings.hpp"

#include "smelt/base/compress.hpp"
#include "smelt/base/text.hpp"
#include "smelt/orchestrator/decide.hpp"
#include "smelt/store/items.hpp"

#include <algorithm>
#include <utility>

namespace smelt::orchestrator {
namespace {

/// What feedback needs of a rejected answer, whatever keep_raw says.
constexpr std::size_t feedback_bytes = 8192;

std::optional<record_id> record_named(std::string_view custom, const std::string &nonce) {
    if (custom.size() < nonce.size() + 2 || !custom.starts_with(nonce) || custom[nonce.size()] != '-')
        return std::nullopt;
    const auto value = from_base36(custom.substr(nonce.size() + 1));
    if (!value)
        return std::nullopt;
    return record_id{static_cast<std::int64_t>(*value)};
}

extraction::judgement judge_text(record_id record, const std::string &answer, const loaded_version &version,
                                 const hidden_values &hidden) {
    const auto of_record = hidden.find(record.value);
    if (of_record == hidden.end())
        return version.task.judge(answer);
    return version.task.judge(version.task.restored(answer, of_record->second));
}

void judge_answer(judged_line &out, provider::result_line &decoded, const loaded_version &version,
                  const hidden_values &hidden) {
    if (decoded.cause == cause_kind::none) {
        auto judged = judge_text(out.line.record, decoded.answer, version, hidden);
        out.line.cause = judged.cause;
        out.line.output = std::move(judged.output);
        out.notes.findings = std::move(judged.findings);
        out.notes.confidence = judged.confidence;
    } else {
        out.line.cause = decoded.cause;
        out.line.message = std::move(decoded.message);
    }
    out.notes.answer = std::move(decoded.answer);
}

judged_line judge_line(provider::result_line decoded, record_id record, const store::batch_row &b,
                       const loaded_version &version, const config::provider_spec &service,
                       const hidden_values &hidden) {
    judged_line out;
    out.line.record = record;
    out.line.tokens = decoded.tokens;
    const bool answered =
        decoded.tokens.input + decoded.tokens.output > 0 || !decoded.tokens.known || decoded.cause == cause_kind::none;
    out.line.cost = answered ? cost_of(decoded.tokens, config::price_of_answer(service, b.model, decoded.model))
                             : std::optional<picousd>{0};
    if (decoded.model != b.model)
        out.line.model = std::move(decoded.model);
    judge_answer(out, decoded, version, hidden);
    return out;
}

void keep_raw_text(store::applied_line &line, const line_notes &notes, const task_definition &definition) {
    const bool rejected = line.outcome == outcome_kind::rejected;
    const bool failed = line.outcome != outcome_kind::accepted;
    const bool repaired =
        std::ranges::any_of(notes.findings, [](const auto &found) { return found.repair.has_value(); });
    if (definition.raw == keep_raw::all || (repaired && definition.raw != keep_raw::none) ||
        (definition.raw == keep_raw::failed && failed && !notes.answer.empty()))
        line.raw = notes.answer.empty() ? std::string{} : deflate(notes.answer);
    else if (rejected && definition.retry.feedback && !notes.answer.empty())
        line.raw = deflate(clip_utf8(notes.answer, feedback_bytes));
}

/// May be called again after more findings.
void settle_line(store::applied_line &line, const line_notes &notes, const task_definition &definition) {
    const auto hard = std::ranges::find_if(notes.findings, [](const auto &f) { return f.hard; });
    if (line.cause == cause_kind::none && hard != notes.findings.end())
        line.cause = hard->rule == "rule_error" ? cause_kind::rule_error : cause_kind::rule;
    line.outcome = outcome_of(line.cause);
    line.effect = line.cause == cause_kind::truncated ? notes.after_cut : effect_of(line.cause);
    line.score = line.outcome == outcome_kind::accepted ? extraction::score_of(notes.confidence, notes.findings) : 0.0;
    // As smelt.attempt keeps it.
    line.is_doubtful = line.outcome == outcome_kind::accepted && definition.score.review_below &&
                       static_cast<float>(line.score) < static_cast<float>(*definition.score.review_below);
    if (line.cause == cause_kind::unstorable)
        line.output.clear();
    if (!notes.findings.empty())
        line.findings = extraction::to_json_text(notes.findings);
    keep_raw_text(line, notes, definition);
}

/// Says how many tokens the answers were allowed that were cut there.
void judge_cuts(db::connection &c, judged_slice &slice, const store::batch_row &b, const loaded_version &version) {
    std::vector<std::int64_t> records;
    for (const auto &judged : slice.lines)
        if (judged.line.cause == cause_kind::truncated)
            records.push_back(judged.line.record.value);
    if (records.empty())
        return;
    db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
    const auto asked = on_rung(version.task.definition(), b.rung);
    const auto cuts = store::items{tx}.cuts(b.pipeline, b.task, b.version, b.rung, records);
    for (auto &judged : slice.lines) {
        if (judged.line.cause != cause_kind::truncated)
            continue;
        const auto found = cuts.find(judged.line.record.value);
        const auto next = after_cut(asked, b.model, found == cuts.end() ? 0 : found->second);
        judged.line.message += next.words;
        judged.notes.after_cut = next.effect;
    }
}

} // namespace

membership::membership(const std::vector<std::int64_t> &waiting, const std::vector<std::int64_t> &applied) {
    entries_.reserve(waiting.size() + applied.size());
    for (const auto record : waiting)
        entries_.push_back({record, false, false, false});
    for (const auto record : applied)
        entries_.push_back({record, true, false, false});
    std::ranges::sort(entries_, {}, &entry::record);
}

membership::entry *membership::find(std::int64_t record) {
    const auto found = std::ranges::lower_bound(entries_, record, {}, &entry::record);
    return found == entries_.end() || found->record != record ? nullptr : &*found;
}

membership::membership_kind membership::note_error(std::int64_t record) {
    auto *found = find(record);
    if (found == nullptr)
        return membership_kind::foreign;
    if (found->applied || found->in_this_download)
        return claim(record);
    return std::exchange(found->error_noted, true) ? membership_kind::duplicate : membership_kind::fresh;
}

membership::membership_kind membership::claim(std::int64_t record) {
    auto *found = find(record);
    if (found == nullptr)
        return membership_kind::foreign;
    if (found->in_this_download)
        return membership_kind::duplicate;
    found->in_this_download = true;
    ++named_;
    if (found->applied)
        return membership_kind::seen_before;
    found->applied = true;
    return membership_kind::fresh;
}

std::vector<std::int64_t> membership::waiting(std::size_t n) const {
    std::vector<std::int64_t> records;
    for (std::size_t i = n; i < entries_.size(); ++i)
        if (!entries_[i].applied)
            records.push_back(entries_[i].record);
    return records;
}

namespace {

/// Whether the line tells of a request that got no answer at all, so that an answer beside it would count instead.
bool is_error(cause_kind cause) {
    switch (cause) {
    case cause_kind::transport:
    case cause_kind::rejected_request:
    case cause_kind::unreadable:
    case cause_kind::expired:
    case cause_kind::cancelled:
    case cause_kind::missing:
    case cause_kind::not_run:
        return true;
    default:
        return false;
    }
}

void add_orphan(judged_slice &out, const judged_line &judged) {
    out.orphaned_tokens += judged.line.tokens;
    out.orphaned_cost += judged.line.cost.value_or(0);
    out.orphaned_unpriced += judged.line.cost ? 0 : 1;
}

} // namespace

judged_slice judge(const raw_slice &raw, const provider::dialect &dialect, const store::batch_row &b,
                   const loaded_version &version, const config::provider_spec &service, const hidden_values &hidden,
                   membership &members) {
    judged_slice out;
    out.from = raw.from;
    out.to = raw.to;
    const bool may_be_followed = !dialect.capabilities().synchronous();
    std::string_view rest{raw.bytes};
    for (auto number = raw.from.line + 1; !rest.empty(); ++number) {
        const auto end = rest.find('\n');
        const auto text = trim(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (text.empty())
            continue;
        auto decoded = dialect.decode(text);
        if (raw.open_end && rest.empty() && decoded.cause == cause_kind::unreadable)
            break; // a download that was cut: the next one may have the rest
        const auto record = record_named(decoded.custom_id, b.nonce);
        const bool waits = may_be_followed && is_error(decoded.cause);
        const auto place = !record ? membership::membership_kind::foreign
                           : waits ? members.note_error(record->value)
                                   : members.claim(record->value);
        if (place == membership::membership_kind::fresh) {
            auto &lines = waits ? out.errors : out.lines;
            lines.push_back(judge_line(std::move(decoded), *record, b, version, service, hidden));
            lines.back().line.line = number;
            if (version.task.definition().raw == keep_raw::all)
                lines.back().line.whole = deflate(text);
        } else if (place == membership::membership_kind::duplicate) {
            ++out.duplicates;
        } else if (place == membership::membership_kind::foreign) {
            ++out.foreign;
            if (record)
                add_orphan(out, judge_line(std::move(decoded), *record, b, version, service, hidden));
        }
    }
    return out;
}

settled_slice settle(db::connection &c, judged_slice slice, const store::batch_row &b, const loaded_version &version,
                     const store::ledger &before) {
    judge_cuts(c, slice, b, version);
    settled_slice out{{{}, slice.from, slice.to, before}, {}, version.rules.empty()};
    auto &counts = out.slice.counts;
    counts.tokens += slice.orphaned_tokens;
    counts.cost += slice.orphaned_cost;
    counts.unpriced += slice.orphaned_unpriced;
    out.slice.lines.reserve(slice.lines.size());
    for (auto &judged : slice.lines) {
        settle_line(judged.line, judged.notes, version.task.definition());
        count(counts, judged.line, 1);
        out.slice.lines.push_back(std::move(judged.line));
        if (!out.rules_are_in)
            out.notes.push_back(std::move(judged.notes));
    }
    counts.duplicate_lines += slice.duplicates;
    counts.foreign_lines += slice.foreign;
    return out;
}

void take_in(settled_slice &slice, std::size_t i, const task_definition &definition,
             const std::vector<store::evaluation> &found) {
    auto &line = slice.slice.lines[i];
    count(slice.slice.counts, line, -1);
    add_rule_findings(slice.notes[i].findings, line.output, definition.rules, found);
    settle_line(line, slice.notes[i], definition);
    count(slice.slice.counts, line, 1);
}

void count(store::ledger &counts, const store::applied_line &line, int sign) {
    counts.of(line.outcome) += sign;
    counts.tokens.input += sign * line.tokens.input;
    counts.tokens.cached += sign * line.tokens.cached;
    counts.tokens.output += sign * line.tokens.output;
    counts.tokens.reasoning += sign * line.tokens.reasoning;
    counts.cost += sign * line.cost.value_or(0);
    counts.unpriced += line.cost ? 0 : sign;
    if (line.outcome == outcome_kind::accepted)
        counts.score_sum += sign * line.score;
}

} // namespace smelt::orchestrator
