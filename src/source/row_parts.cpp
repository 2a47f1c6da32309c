#include "row_parts.hpp"

#include "smelt/base/error.hpp"

#include <cstdint>

namespace smelt::source {

void content_hasher::add_framed(std::string_view part) {
    // Byte by byte, so that the hash is the same on every machine.
    for (std::uint64_t size = part.size(), i = 0; i < 8; ++i, size >>= 8)
        material_ += static_cast<char>(size & 0xFF);
    material_ += part;
}

void content_hasher::add(std::string_view name, content_kind kind, std::string_view value) {
    add_framed(name);
    material_ += static_cast<char>(kind);
    add_framed(value);
}

std::string content_hasher::hex() {
    digest_.add(material_);
    material_.clear();
    return digest_.hex();
}

void check_key(std::string_view key, const std::string &where, std::int64_t line) {
    constexpr std::size_t longest = 500;
    if (key.empty())
        throw file_error{where, static_cast<int>(line), "the key is empty", "every record needs a key of its own"};
    if (key.size() > longest)
        throw file_error{where, static_cast<int>(line), "the key is longer than 500 bytes",
                         "use a shorter field as key"};
}

} // namespace smelt::source
