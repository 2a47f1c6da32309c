#pragma once

#include <optional>
#include <string>

namespace smelt::cli {

/// "2026-01-31" or "2026-01-31 17:30" as PostgreSQL reads it; nothing for no text. Throws usage_error for another.
std::optional<std::string> checked_time(const std::string &option, const std::string &text);

} // namespace smelt::cli
