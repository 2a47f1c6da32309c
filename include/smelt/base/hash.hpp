#pragma once

#include <string>
#include <string_view>

namespace smelt {

/// SHA-256 of the bytes as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// Feeds several pieces into one SHA-256; each piece is framed by its length, so ("ab","c") and ("a","bc") differ.
class sha256_stream {
  public:
    sha256_stream();
    ~sha256_stream();
    sha256_stream(const sha256_stream &) = delete;
    sha256_stream &operator=(const sha256_stream &) = delete;
    void add(std::string_view piece);
    /// Finishes and starts anew.
    std::string hex();

  private:
    void *context_;
};

/// 26 random characters of base32 (a-z, 2-7): 130 bits from the operating system's generator.
std::string random_nonce();

} // namespace smelt
