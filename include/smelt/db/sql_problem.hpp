#pragma once

#include <exception>
#include <string>

namespace smelt::db {

/// Throws the problem: what libpqxx threw as the `unavailable` or `usage_error` that a user is told, with a hint;
/// anything else as it is. What PostgreSQL says when the fault is not the statement's (classes of appendix A of its
/// manual) is `unavailable`.
[[noreturn]] void rethrow_sql_problem(const std::exception_ptr &problem);

/// The first line of a message of PostgreSQL, without "ERROR:".
std::string brief_message(const std::string &message);

} // namespace smelt::db
