#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smelt {

/// Digits 0-9a-z. Record ids travel in this form inside custom_ids.
std::string to_base36(std::uint64_t value);
std::optional<std::uint64_t> from_base36(std::string_view text);

/// "90s", "5m", "2h", "7d", "250ms"; a bare number is refused so that nobody guesses the unit. Nothing when unreadable.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds value);

/// "190MB" (10^6), "64MiB" (2^20), "1024" or "1024B" in bytes. Nothing when unreadable.
std::optional<std::int64_t> parse_size(std::string_view text);

/// One code point as it stands in UTF-8.
struct code_point {
    char32_t value = 0xFFFD;
    std::size_t length = 1; ///< bytes
    bool valid = false;
};

/// The code point at the front of a text that is not empty. A byte that begins none (overlong forms and surrogates
/// included) stands for itself as U+FFFD, invalid.
code_point first_code_point(std::string_view text);

/// Index of the first byte that is not valid UTF-8 (overlong forms and surrogates included), or npos.
std::size_t invalid_utf8_at(std::string_view text);

/// At most max bytes of text, cut between code points.
std::string_view clip_utf8(std::string_view text, std::size_t max);

/// Safe to print, log and store: what steers a terminal (control characters, escape sequences among them, and marks
/// that turn the direction of writing) becomes a space, a byte that is not UTF-8 becomes '?'.
std::string printable(std::string_view text);

std::string_view trim(std::string_view text);

/// The parts between separators, empty ones too: "a..b" is {"a", "", "b"}.
std::vector<std::string> split(std::string_view text, char separator);

/// A-Z as a-z, other bytes as they are.
std::string lower_ascii(std::string_view text);

/// 12345678 -> "12,345,678", for people.
std::string group_digits(std::int64_t value);

} // namespace smelt
