#pragma once

#include "smelt/json/tree.hpp"

#include <cstddef>
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

/// Which numbers a text may hold, beyond their syntax.
enum class number_range {
    any,
    numeric, ///< PostgreSQL's numeric can hold it
    binary   ///< integers within 64 bits, other numbers within double; all within numeric
};

/// In which objects no name may stand twice.
enum class unique_names { nowhere, outermost, everywhere };

/// What a text must satisfy beyond the syntax of JSON.
struct read_rules {
    number_range numbers = number_range::any;
    bool nan = false;           ///< NaN, Infinity and -Infinity count as numbers: Python writes them
    bool storable_text = false; ///< no \u0000 and no lone surrogate, which jsonb cannot hold
    unique_names names = unique_names::nowhere;
    std::size_t most_levels = max_depth;
    std::size_t most_values = max_values;
};

/// Reads text into tree. The text must be valid UTF-8 where `storable_text` is asked; it is copied. Depth costs heap,
/// not stack.
read_result read_json(std::string_view text, json_tree &tree, const read_rules &rules = {});

/// What is wrong, in a few words without the place; for any text but an answer, which is judged in words of its own.
std::string describe(const read_result &result);

} // namespace smelt::json_text
