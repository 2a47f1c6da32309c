#include "smelt/store/comparisons.hpp"

#include "sql/comparisons.hpp"
#include "statements.hpp"

namespace smelt::store {
namespace {

constexpr std::int64_t answers_at_once = 2000;

compared_answer read_answer(const pqxx::row &row) {
    compared_answer out;
    out.record = row["id"].as<std::int64_t>();
    out.key = text(row["key"]);
    out.output = text(row["output"]);
    out.score = row["score"].as<double>();
    out.part = text(row["part"]);
    return out;
}

compared_answer read_pair(const pqxx::row &row) {
    auto out = read_answer(row);
    if (!row["right_output"].is_null())
        out.right_output = text(row["right_output"]);
    return out;
}

/// page: the rows after the last one of the page before, by this column.
void for_each_page(const char *column, const comparisons::each_answer &each,
                   const std::function<pqxx::result(std::int64_t)> &page) {
    for (std::int64_t after = 0;;) {
        const auto rows = page(after);
        for (const auto &row : rows) {
            each(read_pair(row));
            after = row[column].as<std::int64_t>();
        }
        if (static_cast<std::int64_t>(rows.size()) < answers_at_once)
            return;
    }
}

std::vector<std::optional<std::int64_t>> places(const pqxx::result &rows, std::size_t size) {
    std::vector<std::optional<std::int64_t>> out(size);
    for (const auto &row : rows)
        out[static_cast<std::size_t>(row[0].as<std::int64_t>()) - 1] = row[1].as<std::int64_t>();
    return out;
}

} // namespace

std::vector<std::string> comparisons::normalised(const std::vector<std::string> &texts) {
    std::vector<std::string> out;
    out.reserve(texts.size());
    for (const auto &row : tx_.exec(sql::comparison_normalised, db::array_literal(texts)))
        out.push_back(text(row[0]));
    return out;
}

std::vector<std::optional<std::int64_t>> comparisons::by_key(const std::vector<std::string> &keys) {
    return places(tx_.exec(sql::comparison_by_key, pipeline_.value, db::array_literal(keys)), keys.size());
}

std::vector<std::optional<std::int64_t>> comparisons::by_text(const std::string &field,
                                                              const std::vector<std::string> &texts) {
    return places(tx_.exec(sql::comparison_by_text, pipeline_.value, field, db::array_literal(texts)), texts.size());
}

std::vector<compared_answer> comparisons::answers(task_id t, const std::vector<std::int64_t> &records,
                                                  const std::string &part) {
    std::vector<compared_answer> out;
    for (const auto &row :
         tx_.exec(sql::comparison_answers, pipeline_.value, t.value, db::array_literal(records), part))
        out.push_back(read_answer(row));
    return out;
}

void comparisons::reviewed(task_id t, const std::string &part, const each_answer &each) {
    for_each_page("review_id", each, [&](std::int64_t after) {
        return tx_.exec(sql::comparison_reviewed, pipeline_.value, t.value, after, answers_at_once, part);
    });
}

void comparisons::both(task_id first, task_id second, const std::string &part, const each_answer &each) {
    for_each_page("id", each, [&](std::int64_t after) {
        return tx_.exec(sql::comparison_tasks, pipeline_.value, first.value, second.value, after, answers_at_once,
                        part);
    });
}

} // namespace smelt::store
