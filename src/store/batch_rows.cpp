#include "batch_rows.hpp"

#include "statements.hpp"

namespace smelt::store {
namespace {

milliseconds seconds_field(const pqxx::field &field) {
    return milliseconds{static_cast<std::int64_t>(field.as<double>() * 1000)};
}

ledger read_ledger(const pqxx::row &row) {
    ledger counts;
    counts.accepted = integer(row["accepted"]);
    counts.rejected = integer(row["rejected"]);
    counts.errored = integer(row["errored"]);
    counts.expired = integer(row["expired"]);
    counts.cancelled = integer(row["cancelled"]);
    counts.missing = integer(row["missing"]);
    counts.not_run = integer(row["not_run"]);
    counts.duplicate_lines = integer(row["duplicate_lines"]);
    counts.foreign_lines = integer(row["foreign_lines"]);
    counts.tokens = {integer(row["input_tokens"]), integer(row["cached_tokens"]), integer(row["output_tokens"]),
                     integer(row["reasoning_tokens"])};
    counts.cost = integer(row["cost_picousd"]);
    counts.unpriced = integer(row["unpriced"]);
    counts.score_sum = row["score_sum"].as<double>();
    return counts;
}

} // namespace

batch_row read_batch(const pqxx::row &row) {
    batch_row b;
    b.id = {row["id"].as<int>()};
    b.pipeline = {row["pipeline_id"].as<int>()};
    b.task = {row["task_id"].as<int>()};
    b.version = {row["task_version_id"].as<int>()};
    b.account = {static_cast<std::int32_t>(integer(row["account_id"]))}; // 0: no provider was asked
    b.rung = row["rung"].as<int>();
    b.epoch = row["epoch"].as<int>();
    b.state = static_cast<batch_state>(row["state"].as<int>());
    b.nonce = text(row["nonce"]);
    b.model = text(row["model"]);
    b.input_file = text(row["input_file_id"]);
    b.remote_id = text(row["remote_id"]);
    b.remote_status = text(row["remote_status"]);
    b.key_fingerprint = text(row["key_fingerprint"]);
    b.output_file = text(row["output_file_id"]);
    b.error_file = text(row["error_file_id"]);
    b.claimed = integer(row["claimed"]);
    b.sent = integer(row["sent"]);
    b.replaces = integer(row["replaces"]);
    b.dispatched = optional_integer(row["dispatched"]);
    b.counts = read_ledger(row);
    b.reached = {row["checkpoint_file"].as<int>(), integer(row["checkpoint_offset"]), integer(row["checkpoint_line"])};
    b.downloads = row["downloads"].as<int>();
    b.remote_completed = optional_integer(row["remote_completed"]);
    b.remote_failed = optional_integer(row["remote_failed"]);
    b.cancel_requested = !row["cancel_requested_at"].is_null();
    // Times of one session compare as text.
    b.asked_since_cancel = b.cancel_requested && !row["last_checked_at"].is_null() &&
                           text(row["last_checked_at"]) > text(row["cancel_requested_at"]);
    b.cancel_requeue = row["cancel_requeue"].as<bool>();
    b.was_to_be_sent = !row["send_until"].is_null();
    b.age = seconds_field(row["age_s"]);
    if (!row["open_s"].is_null())
        b.open_for = seconds_field(row["open_s"]);
    b.since_window = seconds_field(row["since_window_s"]);
    b.since_first_download = seconds_field(row["since_download_s"]);
    return b;
}

} // namespace smelt::store
