#pragma once

#include "smelt/json/tree.hpp"

#include <string>
#include <string_view>

namespace smelt::json_text {

enum class read_error {
    none,
    syntax,
    trailing,
    too_deep,
    too_many,
    duplicate,
    nul,
    surrogate,
    huge_integer,
    huge_number,
    unstorable_number
};

struct read_result {
    read_error error = read_error::none;
    std::size_t offset = 0; ///< of the place in the text
    std::string detail;     ///< parser's words, the name or the digits
};

/// Reads text into tree. `strict` adds what an answer must satisfy beyond syntax: no name twice in an object, no \u0000
/// and no lone surrogate (jsonb holds neither), integers within 64 bits, other numbers within double and PostgreSQL's
/// numeric. The text must be valid UTF-8; it is copied.
read_result read_json(std::string_view text, json_tree &tree, bool strict);

/// What is wrong with a JSON number of an answer: an integer beyond 64 bits, beyond double, beyond PostgreSQL's
/// numeric.
read_error number_problem(std::string_view number);

} // namespace smelt::json_text
