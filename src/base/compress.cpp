#include "smelt/base/compress.hpp"

#include "smelt/base/error.hpp"

#include <array>
#include <zlib.h>

namespace smelt {

std::string deflate(std::string_view text) {
    std::string out(compressBound(text.size()), '\0');
    uLongf size = out.size();
    if (compress2(reinterpret_cast<Bytef *>(out.data()), &size, reinterpret_cast<const Bytef *>(text.data()),
                  text.size(), 1) != Z_OK)
        throw error{"zlib could not compress an answer"};
    out.resize(size);
    return out;
}

std::string inflate(std::string_view bytes) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK)
        throw error{"zlib could not start"};
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    std::string out;
    std::array<char, 16384> block{};
    int code = Z_OK;
    while (code == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef *>(block.data());
        stream.avail_out = block.size();
        code = ::inflate(&stream, Z_NO_FLUSH);
        out.append(block.data(), block.size() - stream.avail_out);
    }
    inflateEnd(&stream);
    if (code != Z_STREAM_END)
        throw error{"a stored answer is not a whole zlib stream"};
    return out;
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

std::string from_hex(std::string_view hex) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string bytes(hex.size() / 2, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>(digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]));
    return bytes;
}

} // namespace smelt
