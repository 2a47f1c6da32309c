#pragma once

#include "smelt/store/rules.hpp"

#include <string>
#include <vector>

/// Whether PostgreSQL accepts expressions, before any row is there.
namespace smelt::store {

/// Parses each alone; throws usage_error naming the expression and PostgreSQL's words.
void check_expressions(db::connection &c, const std::vector<expression> &expressions, const std::string &where);

/// Throws usage_error for what column_values could not evaluate.
void check_column_expressions(db::connection &c, std::vector<expression> expressions);

/// usage_error with PostgreSQL's words and what such an expression is.
[[noreturn]] void not_accepted(const std::string &where, const expression &e, const std::string &why);

} // namespace smelt::store
