#include "smelt/store/batches.hpp"

#include "batch_rows.hpp"
#include "sql/batches.hpp"
#include "statements.hpp"

#include "smelt/base/error.hpp"

namespace smelt::store {

fenced_off::fenced_off(batch_id b)
    : std::runtime_error{"batch " + std::to_string(b.value) +
                         " was taken over by another run; this one leaves it alone"} {}

std::int64_t &ledger::of(outcome_kind outcome) {
    switch (outcome) {
    case outcome_kind::accepted:
        return accepted;
    case outcome_kind::rejected:
        return rejected;
    case outcome_kind::expired:
        return expired;
    case outcome_kind::cancelled:
        return cancelled;
    case outcome_kind::missing:
        return missing;
    case outcome_kind::not_run:
        return not_run;
    case outcome_kind::errored:
    case outcome_kind::not_sent:
        break;
    }
    return errored;
}

void batches::fenced(const pqxx::result &r, batch_id b) {
    if (r.affected_rows() != 1)
        throw fenced_off{b};
}

void batches::lock_task(task_id t) {
    tx_.exec_one(sql::task_lock, t.value);
}

bool batches::came_back(pipeline_id p, batch_id b) {
    return tx_.exec_one(sql::batch_came_back, p.value, b.value)[0].as<bool>();
}

void batches::reached(account_id a) {
    tx_.exec(sql::account_reached, a.value);
}

milliseconds batches::not_reached(account_id a) {
    return milliseconds{integer(tx_.exec_one(sql::account_not_reached, a.value)[0])};
}

std::int64_t batches::lock_account(account_id a) {
    tx_.exec_one(sql::account_lock, a.value);
    return tx_.exec_one(sql::account_under_way, a.value)[0].as<std::int64_t>();
}

std::int64_t batches::reserved_tokens(account_id a, const std::string &model) {
    return tx_.exec_one(sql::account_reserved, a.value, model)[0].as<std::int64_t>();
}

fence batches::begin(const intent &i) {
    const auto row =
        tx_.exec_one(sql::batch_begin, i.pipeline.value, i.task.value, i.version.value, i.rung, i.account.value,
                     i.runner.value, i.nonce, i.model, nullable(i.name), i.reserved_tokens, i.reserved);
    return {batch_id{row[0].as<int>()}, row[1].as<int>()};
}

fence batches::begin_adopted(const intent &i) {
    const auto rows = tx_.exec(sql::batch_begin_adopted, i.pipeline.value, i.task.value, i.version.value, i.rung,
                               i.account.value, i.runner.value, i.nonce, i.model);
    if (rows.empty())
        throw unavailable{"the batch with the nonce " + i.nonce + " was taken in by another run just now"};
    return {batch_id{rows[0][0].as<int>()}, rows[0][1].as<int>()};
}

void batches::dismiss(fence f, const std::string &remote_id, const std::string &why) {
    fenced(tx_.exec(sql::batch_dismiss, f.batch.value, f.epoch, remote_id, why), f.batch);
}

void batches::built(fence f, const built_figures &figures) {
    fenced(tx_.exec(sql::batch_built, f.batch.value, f.epoch, figures.claimed, figures.sent, figures.reserved_tokens,
                    figures.replaces, figures.bytes, figures.reserved),
           f.batch);
}

void batches::discard(fence f) {
    fenced(tx_.exec(sql::batch_discard, f.batch.value, f.epoch), f.batch);
}

void batches::submitting(fence f, const std::string &input_file, milliseconds window,
                         const std::string &key_fingerprint) {
    fenced(tx_.exec(sql::batch_submitting, f.batch.value, f.epoch, nullable(input_file), window.count(),
                    nullable(key_fingerprint)),
           f.batch);
}

void batches::opened(fence f, const std::string &remote_id, const remote_view &seen) {
    fenced(tx_.exec(sql::batch_opened, f.batch.value, f.epoch, remote_id, seen.status, nullable(seen.key_fingerprint)),
           f.batch);
}

void batches::answering(fence f, const std::string &key_fingerprint) {
    fenced(tx_.exec(sql::batch_answering, f.batch.value, f.epoch, nullable(key_fingerprint)), f.batch);
}

bool batches::dispatch(fence f, std::int64_t n, std::optional<picousd> reserved) {
    const auto rows = tx_.exec(sql::batch_dispatch, f.batch.value, f.epoch, n, reserved);
    fenced(rows, f.batch);
    return rows[0][0].as<bool>();
}

applied_part batches::applied(fence f) {
    const auto rows = tx_.exec(sql::batch_applied, f.batch.value, f.epoch);
    if (rows.empty())
        throw fenced_off{f.batch};
    return {integer(rows[0][0]), optional_integer(rows[0][1])};
}

void batches::answered(fence f) {
    fenced(tx_.exec(sql::batch_answered, f.batch.value, f.epoch), f.batch);
}

void batches::unknown(fence f, const std::string &why) {
    fenced(tx_.exec(sql::batch_unknown, f.batch.value, f.epoch, why), f.batch);
}

void batches::requeue_all(batch_id b) {
    tx_.exec(sql::item_lock_batch, b.value);
    tx_.exec(sql::item_requeue_batch, b.value);
}

void batches::abandon(fence f, const std::string &why) {
    fenced(tx_.exec(sql::batch_abandon, f.batch.value, f.epoch, why), f.batch);
    tx_.exec(sql::batch_drop_hidden, f.batch.value);
    tx_.exec(sql::batch_remember_members, f.batch.value);
    requeue_all(f.batch);
}

void batches::store_view(const db::statement<9> &statement, fence f, const remote_view &seen) {
    fenced(tx_.exec(statement, f.batch.value, f.epoch, seen.status, nullable(seen.output_file),
                    nullable(seen.error_file), seen.total, seen.completed, seen.failed, nullable(seen.key_fingerprint)),
           f.batch);
}

void batches::polled(fence f, const remote_view &seen) {
    store_view(sql::batch_polled, f, seen);
}

void batches::lost(fence f, const std::string &why) {
    fenced(tx_.exec(sql::batch_lost, f.batch.value, f.epoch, why), f.batch);
}

void batches::disown(fence f, const std::string &why) {
    fenced(tx_.exec(sql::batch_disown, f.batch.value, f.epoch, why), f.batch);
}

std::optional<batch_id> batches::of_remote(const std::string &remote_id) {
    const auto rows = tx_.exec(sql::batch_of_remote, remote_id);
    return rows.empty() ? std::nullopt : std::optional{batch_id{rows[0][0].as<int>()}};
}

void batches::ended(fence f, const remote_view &seen) {
    store_view(sql::batch_ended, f, seen);
}

void batches::seen_again(fence f, const remote_view &seen) {
    store_view(sql::batch_seen_again, f, seen);
}

void batches::lock_slice(fence f, const checkpoint &from) {
    const auto found = tx_.exec(sql::batch_lock_slice, f.batch.value, f.epoch, from.file, from.offset, from.line);
    if (found.empty())
        throw fenced_off{f.batch};
}

void batches::advance(fence f, const checkpoint &from, const checkpoint &to, const ledger &counts) {
    fenced(tx_.exec(sql::batch_advance, f.batch.value, f.epoch, from.file, from.offset, from.line, to.file, to.offset,
                    to.line, counts.accepted, counts.rejected, counts.errored, counts.expired, counts.cancelled,
                    counts.missing, counts.not_run, counts.duplicate_lines, counts.foreign_lines, counts.tokens.input,
                    counts.tokens.cached, counts.tokens.output, counts.tokens.reasoning, counts.cost, counts.unpriced,
                    counts.score_sum),
           f.batch);
}

void batches::download_again(fence f, milliseconds pause) {
    fenced(tx_.exec(sql::batch_download_again, f.batch.value, f.epoch, pause.count()), f.batch);
}

void batches::closed(fence f, const std::string &note) {
    fenced(tx_.exec(sql::batch_closed, f.batch.value, f.epoch, note), f.batch);
    tx_.exec(sql::batch_drop_hidden, f.batch.value);
}

void batches::note_error(fence f, const std::string &error) {
    fenced(tx_.exec(sql::batch_note_error, f.batch.value, f.epoch, error), f.batch);
}

void batches::request_cancel(batch_id b, bool requeue) {
    tx_.exec(sql::batch_request_cancel, b.value, requeue);
}

std::vector<batch_row> batches::take(runner_id r, const std::vector<std::int32_t> &pipelines) {
    std::vector<batch_row> taken;
    for (const auto &row : tx_.exec(sql::batch_take, r.value, db::array_literal(pipelines)))
        taken.push_back(read_batch(row));
    return taken;
}

std::optional<batch_row> batches::take_ended(runner_id r, const std::vector<std::int32_t> &pipelines) {
    const auto rows = tx_.exec(sql::batch_take_ended, r.value, db::array_literal(pipelines));
    return rows.empty() ? std::nullopt : find(batch_id{rows[0][0].as<int>()});
}

void batches::release(fence f) {
    fenced(tx_.exec(sql::batch_release, f.batch.value, f.epoch), f.batch);
}

void batches::release_all(runner_id r) {
    tx_.exec(sql::batch_release_all, r.value);
}

std::vector<unanswered_request> batches::waiting_records(batch_id b) {
    std::vector<unanswered_request> waiting;
    for (const auto &row : tx_.exec(sql::batch_waiting_records, b.value))
        waiting.push_back({row[0].as<std::int64_t>(), text(row[1])});
    return waiting;
}

std::vector<std::int64_t> batches::applied_records(pipeline_id p, batch_id b) {
    return integers(tx_.exec(sql::batch_applied_records, p.value, b.value));
}

std::optional<batch_row> batches::find(batch_id b) {
    const auto rows = tx_.exec(sql::batch_find, b.value);
    if (rows.empty())
        return std::nullopt;
    return read_batch(rows[0]);
}

bool batches::adopt(batch_id b, const std::string &remote_id) {
    return tx_.exec(sql::batch_adopt, b.value, remote_id).affected_rows() == 1;
}

bool batches::declare_absent(batch_id b) {
    if (tx_.exec(sql::batch_declare_absent, b.value).affected_rows() != 1)
        return false;
    tx_.exec(sql::batch_remember_members, b.value);
    requeue_all(b);
    return true;
}

} // namespace smelt::store
