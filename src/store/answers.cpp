#include "smelt/store/answers.hpp"

#include "sql/answers.hpp"
#include "statements.hpp"

namespace smelt::store {

recent_answers answers::recent(task_id t, version_id v, int rung, std::int64_t at_least) {
    const auto row = tx_.exec_one(sql::answers_recent, t.value, v.value, rung, at_least);
    return {integer(row[0]), integer(row[1])};
}

version_progress answers::progress(task_id t, version_id v) {
    const auto row = tx_.exec_one(sql::answers_progress, t.value, v.value);
    return {integer(row[0]), integer(row[1])};
}

} // namespace smelt::store
