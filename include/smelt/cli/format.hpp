#pragma once

#include "smelt/base/json.hpp"
#include "smelt/domain/usage.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Numbers and texts as people read them.
namespace smelt::cli {

/// "12 s", "5 min", "3 h", "2 d"; at least "1 s".
std::string rough_span(double seconds);
/// "12 s ago"; "-" for nothing.
std::string ago(std::optional<double> seconds);

/// "1 item", "1,200 items"; the plural of "batch" is "batches", of "delivery" "deliveries".
std::string count_of(std::int64_t n, std::string_view singular);

/// 1234 -> "1.2k", 5600000 -> "5.6M"; below 1000 as it is.
std::string short_number(std::int64_t value);

/// "512 B", "1.2 kB", "5.6 MB", "7.1 GB".
std::string short_bytes(std::int64_t bytes);

/// "42 %" of a whole; never 100 % before part equals whole, never 0 % after the first; "-" of nothing.
std::string percent(std::int64_t part, std::int64_t whole);

/// USD as decimal text, exact.
std::string usd_text(picousd amount);
/// The same as a JSON number; null where it is not known.
json usd_or_null(const std::optional<std::string> &value);

/// "$0.12" (two digits, more for small amounts); "-" when unknown; a trailing "+" when a part is unknown.
std::string money(const std::optional<std::string> &usd, bool partly_unknown);

/// For JSON: null when there is no text.
json text_or_null(const std::string &text);
json number_or_null(const std::optional<double> &value);

/// The first lines of a text, made printable; "…" when there was more. Lines that are empty are left out.
std::vector<std::string> first_lines(std::string_view text, std::size_t lines, std::size_t bytes_per_line);

/// "a, b and c".
std::string join_words(const std::vector<std::string> &words);

} // namespace smelt::cli
