#include "catch.hpp"
#include "orchestrator/problem.hpp"

#include "smelt/db/connection.hpp"

using namespace smelt;
using namespace smelt::orchestrator;

namespace {

std::exception_ptr sql_problem(const char *state) {
    return std::make_exception_ptr(pqxx::sql_error{"as PostgreSQL says it", "", state});
}

} // namespace

TEST_CASE("what PostgreSQL cannot do now is unavailable, and what it refuses is not") {
    for (const auto *state : {"25006", "53100", "53200", "57P01", "58030"})
        CHECK(code_of_problem(sql_problem(state)) == exit_code::unavailable);
    CHECK(code_of_problem(std::make_exception_ptr(pqxx::broken_connection{"gone"})) == exit_code::unavailable);
    CHECK(code_of_problem(sql_problem("42601")) == exit_code::usage);
}

TEST_CASE("a person is told of what waits for one before the database is blamed") {
    const auto person = std::make_exception_ptr(user_action_needed{"the key is refused"});
    CHECK(worse_problem(sql_problem("53100"), person) == person);
    CHECK(worse_problem(person, sql_problem("53100")) == person);
    const auto refused = sql_problem("42601");
    CHECK(worse_problem(person, refused) == refused);
}
