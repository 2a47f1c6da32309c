#pragma once

#include <string>
#include <string_view>

namespace smelt::json_schema {

/// A value of the keyword `format` that is checked here: the set of structured outputs.
struct format {
    std::string_view name;
    bool (*valid)(std::string_view text);
    std::string_view example; ///< shown to who got it wrong
};

/// Nothing for formats that are not checked; a schema with such a one is refused.
const format *find_format(std::string_view name);
std::string format_names();

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// RFC 3339 (date-time, date, time; duration as in its appendix A).
bool is_date(std::string_view text);
bool is_time(std::string_view text);
bool is_date_time(std::string_view text);
bool is_duration(std::string_view text);
// RFC 5321 (email), RFC 1123 (hostname), RFC 2673 (ipv4), RFC 4291 (ipv6), RFC 4122 (uuid).
bool is_email(std::string_view text);
bool is_hostname(std::string_view text);
bool is_ipv4(std::string_view text);
bool is_ipv6(std::string_view text);
bool is_uuid(std::string_view text);

} // namespace smelt::json_schema
