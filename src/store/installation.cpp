#include "smelt/store/installation.hpp"

#include "sql/installation.hpp"
#include "statements.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"

namespace smelt::store {

std::string become_another_sql() {
    return std::string{sql::installation_become_another.text};
}

std::string installation::id() {
    return text(tx_.exec_one(sql::installation)[0]);
}

void remember_cluster(db::connection &c, bool again) {
    try {
        db::transaction tx{c};
        tx.exec(sql::installation_remember, again);
        tx.commit();
    } catch (const pqxx::sql_error &e) {
        log::debug("which cluster this is cannot be read: {}", e.what());
    }
}

void installation::refuse_moved() {
    const auto rows = tx_.exec(sql::installation_moved);
    if (rows.empty())
        return;
    const auto to = text(rows[0][0]);
    if (!rows[0][2].as<bool>())
        throw usage_error{"a move of this database to " + to + " has begun (" + text(rows[0][1]) +
                              " UTC) and has not come to its end; nothing runs here meanwhile",
                          "repeat smelt db move, to there or to another empty database"};
    throw usage_error{"this database was moved to " + to + " (" + text(rows[0][1]) +
                          " UTC), and nothing runs here any more",
                      "say DATABASE_URL for the new one"};
}

std::string installation::moved_to() {
    const auto rows = tx_.exec(sql::installation_moved);
    return rows.empty() ? std::string{} : text(rows[0][0]);
}

bool installation::is_moved_away() {
    const auto rows = tx_.exec(sql::installation_moved);
    return !rows.empty() && rows[0][2].as<bool>();
}

void installation::set_moved_away() {
    tx_.exec(sql::installation_moved_away);
}

void installation::move(const std::string &to) {
    tx_.exec(sql::installation_move, to);
}

void installation::stay() {
    tx_.exec(sql::installation_stay);
}

std::vector<live_run> installation::live_runs() {
    std::vector<live_run> runs;
    for (const auto &row : tx_.exec(sql::installation_live_runs))
        runs.push_back({text(row[0]), row[1].as<int>()});
    return runs;
}

std::vector<std::pair<std::string, std::int64_t>> installation::row_counts() {
    std::vector<std::pair<std::string, std::int64_t>> counts;
    for (const auto &table : tx_.exec(sql::installation_tables)) {
        const auto name = text(table[0]); // quoted by PostgreSQL
        counts.emplace_back(name, tx_.exec_one("SELECT count(*) FROM " + name)[0].as<std::int64_t>());
    }
    return counts;
}

std::vector<table_size> installation::table_sizes() {
    std::vector<table_size> sizes;
    for (const auto &row : tx_.exec(sql::installation_table_sizes))
        sizes.push_back({text(row["name"]), integer(row["rows"]), integer(row["bytes"])});
    return sizes;
}

std::vector<pipeline_size> installation::pipeline_sizes() {
    std::vector<pipeline_size> sizes;
    for (const auto &row : tx_.exec(sql::installation_pipelines)) {
        auto &one = sizes.emplace_back();
        one.id = pipeline_id{row["id"].as<int>()};
        one.name = text(row["name"]);
        one.file = text(row["file"]);
        const auto seen = tx_.exec_one(sql::installation_pipeline_sizes, one.id.value);
        one.records = integer(seen["records"]);
        one.record_bytes = integer(seen["record_bytes"]);
        one.answer_bytes = integer(seen["answer_bytes"]);
        one.fetched_bytes = integer(seen["fetched_bytes"]);
    }
    return sizes;
}

} // namespace smelt::store
