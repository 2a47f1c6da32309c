#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smelt::extraction {

/// An answer without what models and servers put around it.
struct unwrapped {
    std::string_view text;            ///< part of the answer, trimmed; empty: nothing else was there
    std::vector<std::string> removed; ///< "a code fence", outermost first
};

/// Takes off what surrounds the whole of an answer and is no part of it: byte order marks and blanks that JSON does not
/// know, a block of thoughts before it, a code fence or a tag around it, a model's control tokens at its ends. Never
/// looks for JSON inside of other text.
unwrapped unwrap(std::string_view answer);

/// White space around JSON, jsonb's idea of it.
std::string_view trim_json(std::string_view text);

} // namespace smelt::extraction
