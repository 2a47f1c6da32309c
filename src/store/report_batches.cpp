#include "report_fields.hpp"
#include "sql/reports.hpp"

namespace smelt::store {
namespace {

void read_words(const pqxx::row &row, batch_report &b) {
    b.id = row["id"].as<std::int32_t>();
    b.pipeline = text(row["pipeline"]);
    b.task = text(row["task"]);
    b.state = text(row["state"]);
    b.remote_status = text(row["remote_status"]);
    b.remote_id = text(row["remote_id"]);
    b.nonce = text(row["nonce"]);
    b.model = text(row["model"]);
    b.name = text(row["name"]);
    b.provider = text(row["provider"]);
    b.base_url = text(row["base_url"]);
    b.version = text(row["version"]);
    b.error = text(row["error"]);
}

void read_counts(const pqxx::row &row, batch_report &b) {
    b.claimed = integer(row["claimed"]);
    b.sent = integer(row["sent"]);
    b.accepted = integer(row["accepted"]);
    b.rejected = integer(row["rejected"]);
    b.errored = integer(row["errored"]);
    b.expired = integer(row["expired"]);
    b.cancelled = integer(row["cancelled"]);
    b.missing = integer(row["missing"]);
    b.not_run = integer(row["not_run"]);
    b.waiting = integer(row["waiting"]);
    b.remote_total = optional_integer(row["remote_total"]);
    b.remote_completed = optional_integer(row["remote_completed"]);
    b.remote_failed = optional_integer(row["remote_failed"]);
    b.input_tokens = integer(row["input_tokens"]);
    b.cached_tokens = integer(row["cached_tokens"]);
    b.output_tokens = integer(row["output_tokens"]);
    b.reasoning_tokens = integer(row["reasoning_tokens"]);
    b.orphaned = integer(row["orphaned"]);
    b.rung = integer(row["rung"]);
    b.cost_usd = optional_text(row["cost_usd"]);
    b.unpriced = integer(row["unpriced"]);
    b.reserved_usd = optional_text(row["reserved_usd"]);
}

void read_times(const pqxx::row &row, batch_report &b) {
    b.created = moment_of(row, "created");
    b.submitted = moment_of(row, "submitted");
    b.last_checked = moment_of(row, "last_checked");
    b.ended = moment_of(row, "ended");
    b.closed = moment_of(row, "closed");
    b.cancel_requested = moment_of(row, "cancel_requested");
}

std::vector<batch_report> read_batches(const pqxx::result &rows) {
    std::vector<batch_report> found;
    for (const auto &row : rows) {
        auto &b = found.emplace_back();
        read_words(row, b);
        read_counts(row, b);
        read_times(row, b);
    }
    return found;
}

} // namespace

std::vector<batch_report> reports::batches(const std::string &pipeline, bool open_only) {
    use_utc(tx_);
    return read_batches(tx_.exec(sql::report_batches, pipeline, open_only, 0));
}

std::optional<batch_report> reports::batch(batch_id b) {
    use_utc(tx_);
    auto found = read_batches(tx_.exec(sql::report_batches, "", false, b.value));
    return found.empty() ? std::nullopt : std::optional{std::move(found.front())};
}

std::vector<std::int64_t> reports::batches_called(const std::string &remote_id) {
    return integers(tx_.exec(sql::report_batch_of_remote_id, remote_id));
}

std::optional<reports::batch_place> reports::place_of(batch_id b) {
    const auto rows = tx_.exec(sql::report_batch_place, b);
    if (rows.empty())
        return std::nullopt;
    return batch_place{b.value, text(rows[0]["pipeline"]), text(rows[0]["state"])};
}

} // namespace smelt::store
