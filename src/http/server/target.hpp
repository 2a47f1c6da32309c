#pragma once

#include "smelt/http/server.hpp"

#include <string>
#include <string_view>

namespace smelt::http {

/// "%41+b" -> "A b" when plus_is_space, "A+b" otherwise. A broken escape is kept as it stands.
std::string percent_decode(std::string_view text, bool plus_is_space);

struct target {
    std::string path;
    headers query;
};

/// Splits a request target; an absolute-form one loses its scheme and host.
target split_target(std::string_view text);

} // namespace smelt::http
