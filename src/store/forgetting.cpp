#include "smelt/store/forgetting.hpp"

#include "sql/forgetting.hpp"
#include "sql/records.hpp"
#include "statements.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/store/failpoints.hpp"
#include "smelt/store/records.hpp"
#include "smelt/store/typed_views.hpp"

#include <algorithm>
#include <charconv>

namespace smelt::store {
namespace {

std::uint64_t number_of(std::string_view hex_digits) {
    std::uint64_t number = 0;
    std::from_chars(hex_digits.data(), hex_digits.data() + hex_digits.size(), number, 16);
    return number;
}

/// The first 128 bits.
std::pair<std::uint64_t, std::uint64_t> half_of(std::string_view hash) {
    constexpr std::size_t digits = 16;
    return {number_of(hash.substr(0, digits)), number_of(hash.substr(digits, digits))};
}

} // namespace

forgotten_keys::forgotten_keys(std::string salt, bool numbers_equal_rows, const std::vector<std::string> &hashes)
    : salt_{std::move(salt)}, numbers_equal_rows_{numbers_equal_rows} {
    hashes_.reserve(hashes.size());
    for (const auto &hash : hashes)
        hashes_.push_back(half_of(hash));
    std::ranges::sort(hashes_);
}

bool forgotten_keys::contains(std::string_view key) const {
    if (hashes_.empty())
        return false;
    if (numbers_equal_rows_)
        key = key.substr(0, key.find('-'));
    return std::ranges::binary_search(hashes_, half_of(sha256_hex(salt_ + std::string{key})));
}

void forget_counts::add(const forget_counts &more) {
    records += more.records;
    answers += more.answers;
    reviews += more.reviews;
    in_flight += more.in_flight;
    copies += more.copies;
}

void forgetting::refuse() {
    const auto rows = tx_.exec(sql::forget_is_marked, pipeline_.value);
    if (!rows.empty())
        throw usage_error{"pipeline " + text(rows[0][0]) + " was forgotten on " + text(rows[0][1]) +
                              "; nothing of it is loaded or sent, and smelt.spend says what it has cost",
                          "to begin anew under this name: smelt forget " + text(rows[0][0]) + " --all --allow-again"};
}

std::vector<std::int64_t> forgetting::find(const std::vector<std::string> &keys) {
    return integers(tx_.exec(sql::forget_find, pipeline_.value, db::array_literal(keys)));
}

std::vector<std::int64_t> forgetting::some(std::int64_t most) {
    return integers(tx_.exec(sql::forget_some, pipeline_.value, most));
}

std::vector<std::string> forgetting::unknown(const std::vector<std::string> &keys) {
    std::vector<std::string> unknown;
    for (const auto &row : tx_.exec(sql::forget_unknown, pipeline_.value, db::array_literal(keys)))
        unknown.push_back(text(row[0]));
    return unknown;
}

namespace {

forget_counts read_counts(const pqxx::row &row) {
    forget_counts counts;
    counts.records = integer(row["records"]);
    counts.answers = integer(row["answers"]);
    counts.reviews = integer(row["reviews"]);
    counts.in_flight = integer(row["in_flight"]);
    counts.copies = integer(row["copies"]);
    return counts;
}

} // namespace

forget_counts forgetting::count(const std::vector<std::int64_t> &records) {
    return read_counts(tx_.exec_one(sql::forget_counts, pipeline_.value, db::array_literal(records)));
}

forget_counts forgetting::count_all(std::optional<task_id> t) {
    return read_counts(tx_.exec_one(sql::forget_counts_all, pipeline_.value, raw(t)));
}

bool forgetting::is_forgotten(const std::string &key) {
    return tx_.exec_one(sql::forget_is_forgotten, pipeline_.value, key)[0].as<bool>();
}

forgotten_keys forgetting::keys() {
    const auto rows = tx_.exec(sql::forget_hashes, pipeline_.value);
    if (rows.empty())
        return {};
    std::vector<std::string> hashes;
    hashes.reserve(static_cast<std::size_t>(rows.size()));
    for (const auto &row : rows)
        hashes.push_back(text(row[2]));
    return {text(rows[0][0]), rows[0][1].as<bool>(), hashes};
}

std::int64_t forgetting::forget(const std::vector<std::int64_t> &records, bool remembers) {
    if (records.empty())
        return 0;
    const auto p = pipeline_.value;
    const auto ids = db::array_literal(records);
    tx_.exec(sql::forget_lock_items, p, ids);
    tx_.exec(sql::forget_tell, p, ids);
    if (remembers)
        tx_.exec(sql::forget_keys, p, ids);
    else
        tx_.exec(sql::forget_read_again, p, ids);
    tx_.exec(sql::forget_fetched, p, ids);
    tx_.exec(sql::forget_digests, p, ids);
    tx_.exec(sql::forget_scores, p, ids);
    store::records loads{tx_};
    loads.begin_staging();
    tx_.exec(sql::regroup_forgotten, p, ids);
    failpoint("forget.before_removal");
    const auto removed = remove(ids);
    loads.regroup(pipeline_, false, {}, true);
    return removed;
}

std::int64_t forgetting::remove(const std::string &records) {
    const auto p = pipeline_.value;
    tx_.exec(sql::forget_attempts, p, records);
    tx_.exec(sql::forget_reviews, p, records);
    tx_.exec(sql::forget_requests_settled, p, records);
    tx_.exec(sql::forget_requests, p, records);
    tx_.exec(sql::forget_batches, p, records);
    tx_.exec(sql::forget_members, p, records);
    tx_.exec(sql::forget_items, p, records);
    tx_.exec(sql::forget_items_in_flight, p, records);
    const auto gone = tx_.exec(sql::forget_records, p, records).affected_rows();
    return static_cast<std::int64_t>(gone + tx_.exec(sql::forget_stubs, p, records).affected_rows());
}

void forgetting::remember(const std::vector<std::string> &keys) {
    tx_.exec(sql::forget_remember, pipeline_.value, db::array_literal(keys));
}

bool forgetting::is_in(batch_id b) {
    return tx_.exec_one(sql::forget_is_in, pipeline_.value, b.value)[0].as<bool>();
}

void forgetting::settle(const std::vector<std::int64_t> &records) {
    const auto ids = db::array_literal(records);
    tx_.exec(sql::forget_lock_items, pipeline_.value, ids);
    remove(ids);
}

void forgetting::answered(batch_id b) {
    tx_.exec(sql::forget_answered, pipeline_.value, b.value);
}

bool forgetting::has_left_anything() {
    return tx_.exec_one(sql::forget_has_left, pipeline_.value)[0].as<bool>();
}

std::vector<std::int64_t> forgetting::settled(std::int64_t most) {
    return integers(tx_.exec(sql::forget_settled, pipeline_.value, most));
}

void forgetting::clear_errors() {
    tx_.exec(sql::forget_errors, pipeline_.value);
}

std::int64_t forgetting::allow(const std::vector<std::string> &keys) {
    return integer(tx_.exec_one(sql::forget_allow, pipeline_.value, db::array_literal(keys))[0]);
}

std::int64_t forgetting::open_batches(std::optional<task_id> t) {
    return integer(tx_.exec_one(sql::forget_open_batches, pipeline_.value, raw(t))[0]);
}

void forgetting::lock_tasks() {
    tx_.exec(sql::forget_lock_tasks, pipeline_.value);
}

void forgetting::mark_pipeline() {
    tx_.exec(sql::forget_mark_pipeline, pipeline_.value);
}

bool forgetting::empty_some_attempts(task_id t, std::int64_t most) {
    return tx_.exec(sql::forget_some_attempts, pipeline_.value, t.value, most).affected_rows() > 0;
}

bool forgetting::drop_some_items(task_id t, std::int64_t most) {
    return tx_.exec(sql::forget_some_items, pipeline_.value, t.value, most).affected_rows() > 0;
}

void forgetting::drop(const std::vector<std::int64_t> &records) {
    const auto p = pipeline_.value;
    const auto ids = db::array_literal(records);
    tx_.exec(sql::forget_lock_items, p, ids);
    tx_.exec(sql::forget_tell, p, ids);
    tx_.exec(sql::forget_drop_attempts, p, ids);
    tx_.exec(sql::forget_reviews, p, ids);
    tx_.exec(sql::forget_members, p, ids);
    tx_.exec(sql::forget_items, p, ids);
    tx_.exec(sql::forget_records, p, ids);
}

std::int64_t forgetting::waiting_events() {
    return integer(tx_.exec_one(sql::forget_waiting_events, pipeline_.value)[0]);
}

void forgetting::clear_task(task_id t, const std::string &pipeline, const std::string &task) {
    tx_.exec(sql::forget_task, pipeline_.value, t.value);
    drop_views(tx_, pipeline, task);
}

void forgetting::clear_pipeline() {
    tx_.exec(sql::forget_pipeline, pipeline_.value);
}

void forgetting::unmark() {
    tx_.exec(sql::forget_unmark, pipeline_.value);
}

} // namespace smelt::store
