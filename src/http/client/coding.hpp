#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <zlib.h>

namespace smelt::http {

/// Undoes the content coding of one body (RFC 9110 section 8.4) while it arrives. What comes out is bounded piece by
/// piece, however much a few bytes would grow to.
class body_decoder {
  public:
    /// gzip, x-gzip or deflate, in any case of letters; null for no coding. Throws unknown_coding.
    static std::unique_ptr<body_decoder> of(std::string_view content_encoding);

    explicit body_decoder(bool gzip) : gzip_{gzip} {}
    ~body_decoder();
    body_decoder(const body_decoder &) = delete;
    body_decoder &operator=(const body_decoder &) = delete;

    /// The bytes stay the caller's, until next() has given an empty piece.
    void feed(std::string_view bytes);
    /// The next decoded piece, which holds until the following call; empty: more bytes are wanted. Throws
    /// broken_coding.
    std::string_view next();
    /// Nothing is missing: the body may end here.
    [[nodiscard]] bool is_complete() const { return !begun_ || (ended_ && input_.empty()); }

  private:
    void begin();

    bool gzip_;
    bool begun_ = false;
    bool ended_ = false; ///< of one member; gzip allows another one behind it
    z_stream stream_{};
    std::string_view input_;
    std::string piece_;
};

/// what() is the coding, clipped and printable.
struct unknown_coding : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct broken_coding : std::runtime_error {
    broken_coding() : std::runtime_error{"its compressed body is damaged"} {}
};

} // namespace smelt::http
