#include "words.hpp"

#include <fmt/format.h>

namespace smelt::sim {
namespace {

std::string date(dice &roll) {
    return fmt::format("{}-{:02}-{:02}", 1990 + roll.below(35), 1 + roll.below(12), 1 + roll.below(28));
}

std::string time(dice &roll) {
    return fmt::format("{:02}:{:02}:{:02}Z", roll.below(24), roll.below(60), roll.below(60));
}

std::string uuid(dice &roll) {
    std::string hex;
    append_hex(roll.next(), hex);
    append_hex(roll.next(), hex);
    hex[12] = '4';
    hex[16] = '8';
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                       hex.substr(20));
}

} // namespace

bool append_format(std::string_view format, dice &roll, std::string &out) {
    if (format == "date-time")
        out += date(roll) + "T" + time(roll);
    else if (format == "date")
        out += date(roll);
    else if (format == "time")
        out += time(roll);
    else if (format == "duration")
        out += fmt::format("P{}DT{}H", roll.below(30), roll.below(24));
    else if (format == "email")
        out += fmt::format("simulated{}@example.org", roll.below(1000));
    else if (format == "hostname")
        out += fmt::format("host{}.example.org", roll.below(1000));
    else if (format == "ipv4")
        out += fmt::format("192.0.2.{}", roll.below(256));
    else if (format == "ipv6")
        out += fmt::format("2001:db8::{:x}", 1 + roll.below(65535));
    else if (format == "uuid")
        out += uuid(roll);
    else if (format == "uri")
        out += fmt::format("https://example.org/{}", roll.below(1000));
    else
        return false;
    return true;
}

} // namespace smelt::sim
