#include "smelt/cli/batch_report.hpp"

#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/table.hpp"
#include "smelt/domain/task_definition.hpp"

namespace smelt::cli {
namespace {

using store::batch_report;

json count_or_null(const std::optional<std::int64_t> &value) {
    return value ? json(*value) : json(nullptr);
}

json time_or_null(const std::optional<store::moment> &value) {
    return value ? json(value->iso) : json(nullptr);
}

std::string how_long_ago(const std::optional<store::moment> &m) {
    return m ? ago(m->seconds_ago) : "-";
}

table::cell state_cell(const batch_report &b) {
    const bool settled = b.state == "closed" || b.state == "abandoned";
    if (b.cancel_requested && !settled)
        return {b.state + " (cancelling)", style::warn};
    if (b.state == "unknown")
        return {b.state, style::bad};
    return {b.state, settled ? style::faint : style::strong};
}

/// Requests that were sent and ended without an answer, whatever the reason.
std::int64_t unanswered(const batch_report &b) {
    return b.errored + b.expired + b.cancelled + b.missing;
}

std::vector<table::cell> row_of(const batch_report &b) {
    return {std::to_string(b.id),
            b.pipeline + "/" + b.task,
            state_cell(b),
            group_digits(b.sent),
            table::counted(b.accepted, style::good),
            table::counted(b.rejected, style::warn),
            table::counted(unanswered(b), style::bad),
            table::counted(b.waiting, style::plain),
            how_long_ago(b.submitted),
            how_long_ago(b.last_checked),
            money(b.cost_usd, b.unpriced > 0),
            b.remote_status.empty() ? "-" : b.remote_status,
            b.remote_id.empty() ? "-" : b.remote_id,
            b.name.empty() ? "-" : b.name};
}

} // namespace

json to_json(const batch_report &b) {
    return {{"id", b.id},
            {"pipeline", b.pipeline},
            {"task", b.task},
            {"state", b.state},
            {"remote_status", text_or_null(b.remote_status)},
            {"remote_id", text_or_null(b.remote_id)},
            {"nonce", b.nonce},
            {"provider", b.provider},
            {"base_url", b.base_url},
            {"model", b.model},
            {"name", text_or_null(b.name)},
            {"claimed", b.claimed},
            {"sent", b.sent},
            {"accepted", b.accepted},
            {"rejected", b.rejected},
            {"errored", b.errored},
            {"expired", b.expired},
            {"cancelled", b.cancelled},
            {"missing", b.missing},
            {"not_run", b.not_run},
            {"waiting", b.waiting},
            {"remote_total", count_or_null(b.remote_total)},
            {"remote_completed", count_or_null(b.remote_completed)},
            {"remote_failed", count_or_null(b.remote_failed)},
            {"created_at", time_or_null(b.created)},
            {"submitted_at", time_or_null(b.submitted)},
            {"last_checked_at", time_or_null(b.last_checked)},
            {"ended_at", time_or_null(b.ended)},
            {"closed_at", time_or_null(b.closed)},
            {"cancel_requested_at", time_or_null(b.cancel_requested)},
            {"orphaned", b.orphaned},
            {"rung", b.rung},
            {"version", b.version},
            {"input_tokens", b.input_tokens},
            {"cached_tokens", b.cached_tokens},
            {"output_tokens", b.output_tokens},
            {"reasoning_tokens", b.reasoning_tokens},
            {"cost_usd", usd_or_null(b.cost_usd)},
            {"unpriced", b.unpriced},
            {"reserved_usd", usd_or_null(b.reserved_usd)},
            {"error", text_or_null(b.error)}};
}

std::string render_batches(const std::vector<batch_report> &batches, const terminal &t) {
    using enum table::align;
    table out{{{"BATCH", right},
               {"TASK", left, 12},
               {"STATE", left},
               {"SENT", right},
               {"ACCEPTED", right},
               {"REJECTED", right},
               {"NO ANSWER", right},
               {"WAITING", right},
               {"SUBMITTED", right},
               {"CHECKED", right},
               {"COST", right},
               {"REMOTE", left, 6},
               {"REMOTE ID", left, 12},
               {"NAME", left, 8}}};
    for (const auto &b : batches)
        out.add(row_of(b));
    auto text = out.render(t);
    for (const auto &b : batches)
        if (!b.error.empty())
            text += "batch " + std::to_string(b.id) + ": " + printable(b.error) + '\n';
    return text;
}

namespace {

std::string at(const std::optional<store::moment> &m) {
    return m ? m->iso + " (" + ago(m->seconds_ago) + ")" : std::string{};
}

/// "8 of 10 answered, 1 failed"; what the provider does not say is not reported.
std::string counts_there(const batch_report &b) {
    if (!b.remote_total && !b.remote_completed)
        return "not reported";
    auto text = group_digits(b.remote_completed.value_or(0)) + " of " + group_digits(b.remote_total.value_or(b.sent)) +
                " answered";
    if (b.remote_failed.value_or(0) > 0)
        text += ", " + group_digits(*b.remote_failed) + " failed";
    return text;
}

/// "sent 10 = 8 accepted + 2 expired"
std::string ledger_of(const batch_report &b) {
    const std::pair<std::int64_t, const char *> parts[] = {
        {b.accepted, "accepted"}, {b.rejected, "rejected"},   {b.errored, "errored"},
        {b.expired, "expired"},   {b.cancelled, "cancelled"}, {b.missing, "missing"},
        {b.not_run, "not run"},   {b.orphaned, "orphaned"},   {b.waiting, "waiting"}};
    std::string text;
    for (const auto &[count, name] : parts)
        if (count > 0)
            text += (text.empty() ? " = " : " + ") + group_digits(count) + " " + name;
    return group_digits(b.sent) + " sent" + text;
}

std::string tokens_of(const batch_report &b) {
    auto text = group_digits(b.input_tokens) + " in";
    if (b.cached_tokens > 0)
        text += " (" + group_digits(b.cached_tokens) + " cached)";
    text += ", " + group_digits(b.output_tokens) + " out";
    if (b.reasoning_tokens > 0)
        text += " (" + group_digits(b.reasoning_tokens) + " of reasoning)";
    return text;
}

} // namespace

std::vector<std::string> describe_batch(const batch_report &b) {
    std::vector<std::string> lines{"batch " + std::to_string(b.id) + " of " + b.pipeline + "/" + b.task + ": " +
                                   b.state};
    const auto add = [&lines](const char *name, const std::string &value) {
        if (!value.empty())
            lines.push_back(std::string{"  "} + name + std::string(12 - std::string_view{name}.size(), ' ') + value);
    };
    add("service", b.provider + " at " + b.base_url);
    add("model", b.model + (b.rung == 0 ? "" : ", " + rung_name(static_cast<int>(b.rung))));
    add("version", b.version);
    add("name", b.name);
    add("remote id", b.remote_id);
    add("nonce", b.nonce);
    add("requests", group_digits(b.claimed) + " claimed, " + ledger_of(b));
    add("there", (b.remote_status.empty() ? "" : b.remote_status + ": ") + counts_there(b));
    add("tokens", tokens_of(b));
    add("cost", money(b.cost_usd, b.unpriced > 0) +
                    (b.reserved_usd && b.closed == std::nullopt ? ", at most " + money(b.reserved_usd, false) : ""));
    add("created", at(b.created));
    add("submitted", at(b.submitted));
    add("checked", at(b.last_checked));
    add("ended", at(b.ended));
    add("closed", at(b.closed));
    add("cancelled", at(b.cancel_requested));
    add("error", b.error);
    return lines;
}

} // namespace smelt::cli
