#include "format.hpp"

#include <algorithm>
#include <array>

namespace smelt::json_schema {
namespace {

constexpr std::array<format, 9> formats{{
    {"date-time", is_date_time, "2024-05-31T16:52:45Z"},
    {"date", is_date, "2024-05-31"},
    {"time", is_time, "16:52:45Z"},
    {"duration", is_duration, "P3DT4H"},
    {"email", is_email, "name@example.org"},
    {"hostname", is_hostname, "www.example.org"},
    {"ipv4", is_ipv4, "192.0.2.1"},
    {"ipv6", is_ipv6, "2001:db8::1"},
    {"uuid", is_uuid, "2eb8aa08-aa98-11ea-b4aa-73b441d16380"},
}};

} // namespace

const format *find_format(std::string_view name) {
    const auto *found = std::find_if(formats.begin(), formats.end(), [&](const format &f) { return f.name == name; });
    return found == formats.end() ? nullptr : found;
}

std::string format_names() {
    std::string names;
    for (const format &f : formats)
        names += (names.empty() ? "" : ", ") + std::string{f.name};
    return names;
}

} // namespace smelt::json_schema
