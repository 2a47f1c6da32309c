#include "smelt/store/results.hpp"

#include "sql/results.hpp"
#include "statements.hpp"

#include "smelt/base/compress.hpp"
#include "smelt/store/failpoints.hpp"
#include "smelt/store/forgetting.hpp"
#include "smelt/store/graph.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::store {
namespace {

/// bytea in COPY's text form.
std::optional<std::string> bytea(const std::string &bytes) {
    if (bytes.empty())
        return std::nullopt;
    return "\\x" + to_hex(bytes);
}

bool is_stored(const applied_line &line) {
    return line.outcome != outcome_kind::not_run || !line.message.empty();
}

} // namespace

void results::store_attempts(const batch_row &b, const slice &s) {
    batches{tx_}.lock_slice(b.current_fence(), s.from);
    failpoint("apply.before_attempts");
    copy_attempts(b, s.lines);
}

void results::replace_attempts(const batch_row &b, const std::vector<applied_line> &lines) {
    std::vector<std::int64_t> records;
    records.reserve(lines.size());
    for (const auto &line : lines)
        records.push_back(line.record.value);
    tx_.exec(sql::attempt_drop, b.pipeline.value, b.id.value, db::array_literal(records));
    copy_attempts(b, lines);
}

void results::apply(const batch_row &b, const slice &s, const retry_spec &retry) {
    batches{tx_}.advance(b.current_fence(), s.from, s.to, s.counts);
    failpoint("apply.before_items");
    update_items(b, s.lines, retry);
    forgetting{tx_, b.pipeline}.answered(b.id);
}

void results::record_unsent(const batch_row &b, const std::vector<applied_line> &lines) {
    if (lines.empty())
        return;
    copy_attempts(b, lines);
    update_items(b, lines, {});
    forgetting{tx_, b.pipeline}.answered(b.id);
}

void results::copy_attempts(const batch_row &b, const std::vector<applied_line> &lines) {
    db::copy_writer out{tx_,
                        "smelt.attempt",
                        {"record_id", "pipeline_id", "batch_id", "task_id", "input_tokens", "cached_tokens",
                         "output_tokens", "reasoning_tokens", "score", "cost_picousd", "outcome", "cause", "model",
                         "message", "findings", "output", "raw", "line", "built_from"}};
    for (const auto &line : lines) {
        if (!is_stored(line))
            continue;
        // As text: g++ 12 takes an optional double for uninitialised here.
        const auto score = line.outcome == outcome_kind::accepted ? fmt::format("{}", line.score) : std::string{};
        out.row(line.record.value, b.pipeline.value, b.id.value, b.task.value, line.tokens.input, line.tokens.cached,
                line.tokens.output, line.tokens.reasoning, nullable(score), line.cost, static_cast<int>(line.outcome),
                static_cast<int>(line.cause), nullable(line.model), nullable(line.message), nullable(line.findings),
                nullable(line.output), bytea(line.raw), bytea(line.whole), nullable(line.built_from));
    }
    out.complete();
}

void results::update_items(const batch_row &b, const std::vector<applied_line> &lines, const retry_spec &retry) {
    std::vector<std::int64_t> accepted;
    std::vector<std::int64_t> doubtful; ///< of these
    std::vector<std::int64_t> others;
    std::vector<std::int32_t> effects;
    for (const auto &line : lines) {
        if (line.effect == effect_kind::accept) {
            accepted.push_back(line.record.value);
            if (line.is_doubtful)
                doubtful.push_back(line.record.value);
        } else {
            others.push_back(line.record.value);
            effects.push_back(static_cast<std::int32_t>(line.effect));
        }
    }
    const auto reopen = retry.reopen.value_or(reopen_spec{});
    const bool is_last = std::max(b.rung, 0) >= static_cast<int>(retry.escalate.size());
    graph dependents{tx_};
    const bool needs_others = std::ranges::any_of(lines, [](const auto &line) { return !line.built_from.empty(); });
    if (needs_others) {
        auto all = accepted;
        all.insert(all.end(), others.begin(), others.end());
        dependents.lock_items(b.pipeline, b.task, b.id, all);
    }
    if (!accepted.empty()) {
        const auto records = db::array_literal(accepted);
        if (b.replaces > 0)
            tx_.exec(sql::score_correct_replaced, b.pipeline.value, b.task.value, b.id.value, records);
        const auto done = tx_.exec(sql::item_accept, b.pipeline.value, b.task.value, b.id.value, records,
                                   db::array_literal(doubtful));
        if (static_cast<std::size_t>(done.affected_rows()) < accepted.size()) {
            tx_.exec(sql::item_requeue_stale, b.pipeline.value, b.task.value, b.id.value, records);
            tx_.exec(sql::score_correct_stale, b.pipeline.value, b.task.value, b.id.value, records);
            dependents.hold_incomplete(b.pipeline, b.task, accepted);
        }
    }
    if (!others.empty())
        tx_.exec(sql::item_effects, b.pipeline.value, b.task.value, b.id.value, db::array_literal(others),
                 db::array_literal(effects), is_last, attempts_on(retry, b.rung), retry.deliveries,
                 retry.backoff.count(), reopen.times, reopen.after.count());
    dependents.hold_incomplete(b.pipeline, b.task, others);
    for (const auto *records : {&accepted, &others})
        if (!records->empty())
            dependents.gate(b.pipeline, b.task, *records);
    dependents.answered(b.pipeline, b.task, accepted, b.replaces > 0);
}

} // namespace smelt::store
