#include "smelt/store/catalog.hpp"

#include "sql/catalog.hpp"
#include "statements.hpp"

#include "smelt/base/json.hpp"

#include <algorithm>

namespace smelt::store {
namespace {

std::optional<std::chrono::milliseconds> age_of(const pqxx::field &field) {
    const auto count = optional_integer(field);
    return count ? std::optional{std::chrono::milliseconds{*count}} : std::nullopt;
}

std::vector<std::string> names_of(const pqxx::field &field) {
    return field.is_null() ? std::vector<std::string>{} : json::parse(field.c_str()).get<std::vector<std::string>>();
}

} // namespace

std::optional<pipeline_row> catalog::find_pipeline(const std::string &name) {
    const auto rows = tx_.exec(sql::pipeline_find, name);
    if (rows.empty())
        return std::nullopt;
    const auto &row = rows[0];
    return pipeline_row{pipeline_id{row["id"].as<int>()},
                        text(row["name"]),
                        text(row["file"]),
                        names_of(row["content_fields"]),
                        text(row["prefilter_hash"]),
                        names_of(row["columns"]),
                        age_of(row["loaded_ago_ms"]),
                        row["whole_keys"].as<bool>(),
                        row["is_forgotten"].as<bool>()};
}

pipeline_id catalog::upsert_pipeline(const std::string &name, const std::string &file) {
    if (const auto known = find_pipeline(name))
        return known->id;
    return pipeline_id{tx_.exec_one(sql::pipeline_insert, name, file)[0].as<int>()};
}

void catalog::set_loaded(pipeline_id p, const std::string &file, const std::vector<std::string> &content_fields,
                         const std::string &prefilter_hash, const std::vector<std::string> &columns,
                         std::optional<bool> whole_keys, bool numbers_equal_rows) {
    tx_.exec(sql::pipeline_set_loaded, p.value, file, db::array_literal(content_fields), prefilter_hash,
             db::array_literal(columns), whole_keys, numbers_equal_rows);
}

std::vector<task_row> catalog::tasks(pipeline_id p) {
    std::vector<task_row> tasks;
    for (const auto &row : tx_.exec(sql::task_list, p.value))
        tasks.push_back({task_id{row["id"].as<int>()}, text(row["name"]),
                         json::parse(text(row["needs"])).get<std::vector<std::int32_t>>(),
                         optional_id<version_id>(row["current_version_id"]), optional_integer(row["batch_limit"]),
                         row["active"].as<bool>(), text(row["view_hash"]), text(row["condition"]),
                         row["ruled"].as<bool>()});
    return tasks;
}

task_id catalog::upsert_task(pipeline_id p, const std::string &name, const std::vector<std::int32_t> &needs,
                             const std::string &condition, int position, int priority, bool ruled) {
    const auto needed = db::array_literal(needs);
    const auto same = tx_.exec(sql::task_same, p.value, name, needed, position, priority, condition, ruled);
    if (!same.empty())
        return task_id{same[0][0].as<int>()};
    return task_id{
        tx_.exec_one(sql::task_upsert, p.value, name, needed, position, priority, condition, ruled)[0].as<int>()};
}

void catalog::deactivate_tasks_but(pipeline_id p, const std::vector<std::int32_t> &keep) {
    tx_.exec(sql::task_deactivate, p.value, db::array_literal(keep));
}

std::int64_t catalog::create_missing_items(pipeline_id p, task_id t) {
    return static_cast<std::int64_t>(tx_.exec(sql::task_create_items, p.value, t.value).affected_rows());
}

version_row catalog::upsert_version(pipeline_id p, task_id t, const std::string &hash, const std::string &definition,
                                    const std::string &parts, bool model_override) {
    const auto known = tx_.exec(sql::version_find, t.value, hash);
    if (!known.empty()) {
        tx_.exec(sql::version_refresh, known[0][0].as<int>(), parts, definition);
        return {version_id{known[0][0].as<int>()}, false, known[0][1].as<bool>()};
    }
    const auto row = tx_.exec_one(sql::version_insert, p.value, t.value, hash, definition, parts, model_override);
    return {version_id{row[0].as<int>()}, true, row[1].as<bool>()};
}

std::optional<version_id> catalog::find_version(task_id t, const std::string &hash) {
    const auto known = tx_.exec(sql::version_find, t.value, hash);
    return known.empty() ? std::nullopt : std::optional{version_id{known[0][0].as<int>()}};
}

void catalog::set_current(task_id t, version_id v) {
    tx_.exec(sql::task_set_current, t.value, v.value);
}

std::string catalog::definition(version_id v) {
    return text(tx_.exec_one(sql::version_definition, v.value)[0]);
}

void catalog::set_batch_limit(task_id t, std::optional<std::int64_t> limit) {
    tx_.exec(sql::task_set_batch_limit, t.value, limit);
}

void catalog::set_view_hash(task_id t, const std::string &hash) {
    tx_.exec(sql::task_set_view_hash, t.value, hash);
}

account_id catalog::upsert_account(const config::provider_spec &who) {
    if (const auto known = tx_.exec(sql::account_find, who.name, who.base_url, who.organization, who.project);
        !known.empty())
        return account_id{known[0][0].as<int>()};
    return account_id{
        tx_.exec_one(sql::account_insert, who.name, who.base_url, who.organization, who.project)[0].as<int>()};
}

std::chrono::milliseconds catalog::take_rate(account_id a, double requests_ms, double tokens_ms) {
    return std::chrono::milliseconds{integer(tx_.exec_one(sql::account_take_rate, a.value, requests_ms, tokens_ms)[0])};
}

std::map<account_id, std::string> catalog::set_accounts(pipeline_id p, const std::vector<std::int32_t> &accounts) {
    std::map<account_id, std::string> keys;
    for (const auto &row : tx_.exec(sql::pipeline_account_list, p.value))
        keys.emplace(account_id{row[0].as<int>()}, text(row[1]));
    for (const auto account : accounts)
        if (!keys.contains({account}))
            tx_.exec(sql::pipeline_account_insert, p.value, account);
    const auto is_gone = [&](const auto &known) {
        return std::ranges::find(accounts, known.first.value) == accounts.end();
    };
    if (std::ranges::any_of(keys, is_gone))
        tx_.exec(sql::pipeline_account_drop, p.value, db::array_literal(accounts));
    return keys;
}

void catalog::set_accounts_of(task_id t, const std::vector<std::int32_t> &accounts) {
    tx_.exec(sql::task_set_accounts, t.value, db::array_literal(accounts));
}

void catalog::set_key(pipeline_id p, account_id a, const std::string &fingerprint) {
    tx_.exec(sql::pipeline_set_key, p.value, a.value, fingerprint);
}

std::vector<std::string> catalog::absent_fields(pipeline_id p, const std::vector<std::string> &names) {
    std::vector<std::string> absent;
    if (names.empty())
        return absent;
    for (const auto &row : tx_.exec(sql::fields_absent, p.value, db::array_literal(names)))
        absent.push_back(text(row[0]));
    return absent;
}

} // namespace smelt::store
