#pragma once

#include "smelt/http/client.hpp"

namespace smelt::provider {

/// The lines of a spool file as the members of a JSON array, between what stands before and after it.
http::joined_lines array_of_lines(std::string before, std::filesystem::path spool, std::string after);

/// "24h", "7d" or a number of hours. Throws usage_error for anything else.
int hours_of(const std::string &window);

} // namespace smelt::provider
