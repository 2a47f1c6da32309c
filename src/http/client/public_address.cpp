#include "public_address.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace smelt::http {
namespace {

namespace ip = boost::asio::ip;

struct range_v4 {
    std::uint32_t first;
    unsigned prefix;
};

/// RFC 6890, section 2.2.2.
constexpr std::array ranges_v4{
    range_v4{0x00000000, 8},  // this host
    range_v4{0x0A000000, 8},  // private
    range_v4{0x64400000, 10}, // shared
    range_v4{0x7F000000, 8},  // loopback
    range_v4{0xA9FE0000, 16}, // link-local
    range_v4{0xAC100000, 12}, // private
    range_v4{0xC0000000, 24}, // protocol assignments
    range_v4{0xC0000200, 24}, // documentation
    range_v4{0xC0A80000, 16}, // private
    range_v4{0xC6120000, 15}, // benchmarking
    range_v4{0xC6336400, 24}, // documentation
    range_v4{0xCB007100, 24}, // documentation
    range_v4{0xE0000000, 3},  // multicast, reserved, broadcast
};

bool is_public_v4(std::uint32_t address) {
    return std::ranges::none_of(ranges_v4, [&](const range_v4 &range) {
        const auto mask = ~std::uint32_t{0} << (32 - range.prefix);
        return (address & mask) == range.first;
    });
}

/// The IPv4 address within one that stands for it: mapped, translated (NAT64) or 6to4.
std::optional<std::uint32_t> embedded_v4(const ip::address_v6::bytes_type &b) {
    const auto from = [&](std::size_t at) {
        return std::uint32_t{b[at]} << 24 | std::uint32_t{b[at + 1]} << 16 | std::uint32_t{b[at + 2]} << 8 | b[at + 3];
    };
    const auto zeros = [&](std::size_t first, std::size_t last) {
        return std::all_of(b.begin() + static_cast<std::ptrdiff_t>(first),
                           b.begin() + static_cast<std::ptrdiff_t>(last), [](auto byte) { return byte == 0; });
    };
    if (zeros(0, 10) && ((b[10] == 0xFF && b[11] == 0xFF) || (b[10] == 0 && b[11] == 0)))
        return from(12);
    if (b[0] == 0x00 && b[1] == 0x64 && b[2] == 0xFF && b[3] == 0x9B)
        return from(12);
    if (b[0] == 0x20 && b[1] == 0x02)
        return from(2);
    return std::nullopt;
}

} // namespace

bool is_public(const ip::address &address) {
    if (address.is_v4())
        return is_public_v4(address.to_v4().to_uint());
    const auto bytes = address.to_v6().to_bytes();
    if (const auto v4 = embedded_v4(bytes))
        return is_public_v4(*v4);
    // Global unicast is 2000::/3; documentation and protocol assignments lie within it.
    const bool is_global = (bytes[0] & 0xE0) == 0x20;
    const bool is_reserved =
        bytes[0] == 0x20 && bytes[1] == 0x01 && (bytes[2] < 0x02 || (bytes[2] == 0x0D && bytes[3] == 0xB8));
    return is_global && !is_reserved;
}

} // namespace smelt::http
