#pragma once

#include "smelt/source/reader.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace smelt::source {

/// No row is longer than this: far above any prompt, far below what PostgreSQL can hold in one jsonb.
constexpr std::size_t longest_row = 64'000'000;

/// The bytes of a source file behind its byte order mark.
class file_bytes {
  public:
    /// Throws file_error when the file cannot be opened, or is UTF-16.
    explicit file_bytes(const input_file &file);
    ~file_bytes();
    file_bytes(const file_bytes &) = delete;
    file_bytes &operator=(const file_bytes &) = delete;

    /// How many bytes came; 0 at the end. line: for the error.
    std::size_t read(char *into, std::size_t size, std::int64_t line);
    /// Of what was read so far: XXH3, to see whether a file is still the same.
    [[nodiscard]] std::uint64_t digest() const;
    [[noreturn]] void fail(std::int64_t line, const std::string &message, const std::string &hint = {}) const;

  private:
    struct hash_state;
    std::string name_;
    int descriptor_;
    std::unique_ptr<hash_state> hash_;
};

} // namespace smelt::source
