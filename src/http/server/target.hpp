#pragma once

#include "smelt/http/server.hpp"

#include <string>
#include <string_view>

namespace smelt::http {

struct target {
    std::string path;
    headers query;
};

/// Splits a request target; an absolute-form one loses its scheme and host.
target split_target(std::string_view text);

} // namespace smelt::http
