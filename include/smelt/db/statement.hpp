#pragma once

#include <cstddef>
#include <string_view>

namespace smelt::db {

/// A statement of sql/, made by the build (tools/sql_statements.cpp): a wrong name or number of parameters does not
/// compile.
template <std::size_t Parameters>
struct statement {
    std::string_view text;
};

/// An entry of the list of all statements of a file.
struct named_statement {
    std::string_view name;
    std::string_view text;
    std::size_t parameters;
};

} // namespace smelt::db
