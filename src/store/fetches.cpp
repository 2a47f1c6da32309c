#include "smelt/store/fetches.hpp"

#include "sql/fetches.hpp"
#include "statements.hpp"

#include "smelt/base/compress.hpp"

namespace smelt::store {
namespace {

std::optional<std::string> body_of(const pqxx::field &field) {
    return field.is_null() ? std::nullopt : std::optional{inflate(from_hex(text(field)))};
}

std::chrono::milliseconds span_of(const pqxx::field &field) {
    return std::chrono::milliseconds{integer(field)};
}

} // namespace

void fetches::require(runner_id r) {
    if (tx_.exec(sql::fetch_is_mine, pipeline_.value, r.value).affected_rows() == 0)
        throw fetch_taken_over{};
}

std::optional<fetch_round> fetches::take(runner_id r, const std::string &definition, std::chrono::milliseconds every,
                                         bool may_begin) {
    tx_.exec(sql::fetch_begin, pipeline_.value);
    const auto rows = tx_.exec(sql::fetch_take, pipeline_.value, r.value, definition,
                               static_cast<std::int64_t>(every.count()), may_begin);
    if (rows.empty())
        return std::nullopt;
    return fetch_round{rows[0]["round"].as<int>(), rows[0]["listed"].as<bool>(), text(rows[0]["problem"])};
}

void fetches::release(runner_id r) {
    tx_.exec(sql::fetch_release, pipeline_.value, r.value);
}

fetch_state fetches::state() {
    const auto rows = tx_.exec(sql::fetch_state, pipeline_.value);
    if (rows.empty())
        return {};
    return {rows[0]["version"].as<std::int64_t>(), rows[0]["is_new"].as<bool>(), rows[0]["complete"].as<bool>()};
}

void fetches::set_loaded(std::int64_t version) {
    tx_.exec(sql::fetch_loaded, pipeline_.value, version);
}

std::optional<fetched_page> fetches::page(const std::string &list, int number) {
    const auto rows = tx_.exec(sql::fetch_page, pipeline_.value, list, number);
    if (rows.empty())
        return std::nullopt;
    const auto row = rows[0];
    fetched_page page;
    page.round = row["round"].as<int>();
    page.status = row["status"].as<int>();
    page.tries = row["tries"].as<int>();
    page.url = text(row["url"]);
    page.etag = text(row["etag"]);
    page.last_modified = text(row["last_modified"]);
    page.error = text(row["error"]);
    page.body = body_of(row["body"]);
    if (!row["wait_ms"].is_null())
        page.wait = span_of(row["wait_ms"]);
    return page;
}

std::vector<fetches::page_name> fetches::pages() {
    std::vector<page_name> all;
    for (const auto &row : tx_.exec(sql::fetch_page_names, pipeline_.value))
        all.push_back({text(row["name"]), row["page"].as<int>()});
    return all;
}

std::optional<std::string> fetches::page_body(const page_name &name) {
    const auto rows = tx_.exec(sql::fetch_page_body, pipeline_.value, name.list, name.page);
    return rows.empty() ? std::nullopt : body_of(rows[0][0]);
}

void fetches::drop_pages_after(const std::string &list, int last) {
    tx_.exec(sql::fetch_drop_pages, pipeline_.value, list, last);
}

void fetches::drop_lists_but(const std::vector<std::string> &lists) {
    tx_.exec(sql::fetch_drop_lists, pipeline_.value, db::array_literal(lists));
}

void fetches::set_listed(bool listed, bool complete, const std::string &problem) {
    tx_.exec(sql::fetch_listed, pipeline_.value, listed, complete, nullable(problem));
}

void fetches::store(int round, const fetch_answer &a) {
    const auto kind = static_cast<int>(a.kind);
    if (!a.error.empty()) {
        const auto wait = a.wait ? std::optional{static_cast<std::int64_t>(a.wait->count())} : std::nullopt;
        tx_.exec(sql::fetch_fail, pipeline_.value, kind, a.name, a.page, round, a.url, a.status, a.error, wait);
        return;
    }
    const auto body = a.body ? std::optional{to_hex(deflate(*a.body))} : std::nullopt;
    tx_.exec(sql::fetch_store, pipeline_.value, kind, a.name, a.page, round, a.url, a.status, nullable(a.etag),
             nullable(a.last_modified), body);
}

void fetches::want(int round, const std::vector<std::string> &keys, const std::vector<std::string> &urls,
                   const std::vector<std::string> &entries) {
    tx_.exec(sql::fetch_want, pipeline_.value, round, db::array_literal(keys), db::array_literal(urls),
             db::array_literal(entries));
}

void fetches::drop_details_but(const std::vector<std::string> &keys) {
    tx_.exec(sql::fetch_drop_details, pipeline_.value, db::array_literal(keys));
}

std::vector<due_detail> fetches::due_details(std::int64_t most) {
    std::vector<due_detail> due;
    for (const auto &row : tx_.exec(sql::fetch_due_details, pipeline_.value, most))
        due.push_back({text(row["name"]), text(row["url"]), text(row["etag"]), text(row["last_modified"]),
                       row["tries"].as<int>(), row["has_body"].as<bool>()});
    return due;
}

std::optional<stored_detail> fetches::detail(const std::string &key) {
    const auto rows = tx_.exec(sql::fetch_detail, pipeline_.value, key);
    if (rows.empty())
        return std::nullopt;
    return stored_detail{rows[0]["status"].as<int>(), text(rows[0]["error"]), text(rows[0]["next_try"]),
                         body_of(rows[0]["body"])};
}

std::optional<std::chrono::milliseconds> fetches::next_try() {
    const auto wait = tx_.exec_one(sql::fetch_next, pipeline_.value)[0];
    return wait.is_null() ? std::nullopt : std::optional{span_of(wait)};
}

void host_slots::make(int slots) {
    tx_.exec(sql::fetch_host_slots, host_, slots);
}

std::optional<int> host_slots::take(int slots, runner_id r, std::chrono::milliseconds longest) {
    const auto rows = tx_.exec(sql::fetch_host_take, host_, slots, r.value, static_cast<std::int64_t>(longest.count()));
    return rows.empty() ? std::nullopt : std::optional{rows[0][0].as<int>()};
}

std::chrono::milliseconds host_slots::wait(int slots) {
    return span_of(tx_.exec_one(sql::fetch_host_wait, host_, slots)[0]);
}

void host_slots::release(int slot, std::chrono::milliseconds pause) {
    tx_.exec(sql::fetch_host_release, host_, slot, static_cast<std::int64_t>(pause.count()));
}

void host_slots::rest(std::chrono::milliseconds how_long) {
    tx_.exec(sql::fetch_host_rest, host_, static_cast<std::int64_t>(how_long.count()));
}

} // namespace smelt::store
