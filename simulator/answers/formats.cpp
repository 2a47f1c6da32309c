#include "words.hpp"

#include <fmt/format.h>

namespace smelt::sim {
namespace {

std::string date(random_stream &random) {
    return fmt::format("{}-{:02}-{:02}", 1990 + random.below(35), 1 + random.below(12), 1 + random.below(28));
}

std::string time(random_stream &random) {
    return fmt::format("{:02}:{:02}:{:02}Z", random.below(24), random.below(60), random.below(60));
}

std::string uuid(random_stream &random) {
    std::string hex;
    append_hex(random.next(), hex);
    append_hex(random.next(), hex);
    hex[12] = '4';
    hex[16] = '8';
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                       hex.substr(20));
}

} // namespace

bool append_format(std::string_view format, random_stream &random, std::string &out) {
    if (format == "date-time")
        out += date(random) + "T" + time(random);
    else if (format == "date")
        out += date(random);
    else if (format == "time")
        out += time(random);
    else if (format == "duration")
        out += fmt::format("P{}DT{}H", random.below(30), random.below(24));
    else if (format == "email")
        out += fmt::format("simulated{}@example.org", random.below(1000));
    else if (format == "hostname")
        out += fmt::format("host{}.example.org", random.below(1000));
    else if (format == "ipv4")
        out += fmt::format("192.0.2.{}", random.below(256));
    else if (format == "ipv6")
        out += fmt::format("2001:db8::{:x}", 1 + random.below(65535));
    else if (format == "uuid")
        out += uuid(random);
    else if (format == "uri")
        out += fmt::format("https://example.org/{}", random.below(1000));
    else
        return false;
    return true;
}

} // namespace smelt::sim
