#include "coding.hpp"

#include "smelt/base/text.hpp"

namespace smelt::http {
namespace {

constexpr std::size_t piece_size = 64 * 1024;
constexpr std::size_t longest_name = 40;

/// zlib's window bits, which also choose the wrapping.
constexpr int gzip_wrapping = 16 + MAX_WBITS;
constexpr int zlib_wrapping = MAX_WBITS;
constexpr int no_wrapping = -MAX_WBITS;

/// "deflate" means the zlib wrapping (RFC 9110 section 8.4.1.2), which some servers leave out.
bool begins_like_zlib(std::string_view bytes) {
    const auto first = static_cast<unsigned char>(bytes.front());
    return (first & 0x0FU) == Z_DEFLATED && (first >> 4U) <= 7;
}

} // namespace

std::unique_ptr<body_decoder> body_decoder::of(std::string_view content_encoding) {
    const auto name = lower_ascii(trim(content_encoding));
    if (name.empty() || name == "identity")
        return nullptr;
    if (name == "gzip" || name == "x-gzip")
        return std::make_unique<body_decoder>(true);
    if (name == "deflate")
        return std::make_unique<body_decoder>(false);
    throw unknown_coding{printable(clip_utf8(name, longest_name))};
}

body_decoder::~body_decoder() {
    if (begun_)
        inflateEnd(&stream_);
}

void body_decoder::feed(std::string_view bytes) {
    input_ = bytes;
}

void body_decoder::begin() {
    const int wrapping = gzip_ ? gzip_wrapping : begins_like_zlib(input_) ? zlib_wrapping : no_wrapping;
    if (inflateInit2(&stream_, wrapping) != Z_OK)
        throw std::bad_alloc{};
    begun_ = true;
}

std::string_view body_decoder::next() {
    piece_.resize(piece_size);
    stream_.next_out = reinterpret_cast<Bytef *>(piece_.data());
    stream_.avail_out = static_cast<uInt>(piece_.size());
    int result = Z_OK;
    // A full piece may leave output behind although all input is taken.
    while (stream_.avail_out > 0 && (!input_.empty() || result == Z_OK)) {
        if (!begun_ && input_.empty())
            break;
        if (!begun_)
            begin();
        if (ended_ && input_.empty())
            break;
        if (ended_ && (!gzip_ || inflateReset(&stream_) != Z_OK))
            throw broken_coding{};
        ended_ = false;
        stream_.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(input_.data()));
        stream_.avail_in = static_cast<uInt>(input_.size());
        result = inflate(&stream_, Z_NO_FLUSH);
        input_.remove_prefix(input_.size() - stream_.avail_in);
        ended_ = result == Z_STREAM_END;
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            throw broken_coding{};
    }
    return std::string_view{piece_}.substr(0, piece_.size() - stream_.avail_out);
}

} // namespace smelt::http
