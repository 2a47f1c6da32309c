#include "file_bytes.hpp"

#include "smelt/base/error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace smelt::source {

struct file_bytes::hash_state {
    XXH3_state_t state;
};

file_bytes::file_bytes(const input_file &file)
    : name_{file.path.string()},
      descriptor_{::open(file.absolute.c_str(), O_RDONLY | O_CLOEXEC)},
      hash_{std::make_unique<hash_state>()} {
    XXH3_64bits_reset(&hash_->state);
    if (descriptor_ < 0)
        fail(0, std::string{"cannot be read: "} + std::strerror(errno));
    char mark[3] = {};
    const auto size = ::pread(descriptor_, mark, sizeof mark, 0);
    const std::string_view start{mark, size > 0 ? static_cast<std::size_t>(size) : 0};
    if (start == "\xEF\xBB\xBF")
        ::lseek(descriptor_, sizeof mark, SEEK_SET);
    const auto refuse = [&](const std::string &message, const std::string &hint) {
        ::close(descriptor_);
        fail(1, message, hint);
    };
    if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF"))
        refuse("the file is UTF-16, not UTF-8", "convert it: iconv -f UTF-16 -t UTF-8");
    if (start.starts_with("\x1F\x8B"))
        refuse("the file is compressed", "unpack it: gunzip");
    if (start.starts_with("PK\x03"))
        refuse("the file is a workbook or an archive", "save it as CSV, or unpack it");
}

file_bytes::~file_bytes() {
    ::close(descriptor_);
}

std::size_t file_bytes::read(char *into, std::size_t size, std::int64_t line) {
    for (;;) {
        const auto got = ::read(descriptor_, into, size);
        if (got > 0)
            XXH3_64bits_update(&hash_->state, into, static_cast<std::size_t>(got));
        if (got >= 0)
            return static_cast<std::size_t>(got);
        if (errno != EINTR)
            fail(line, std::string{"cannot be read: "} + std::strerror(errno));
    }
}

std::uint64_t file_bytes::digest() const {
    return XXH3_64bits_digest(&hash_->state);
}

std::uint64_t content_digest(const input_file &file) {
    constexpr std::size_t block = 256 * 1024;
    file_bytes bytes{file};
    std::vector<char> buffer(block);
    while (bytes.read(buffer.data(), buffer.size(), 0) > 0) {
    }
    return bytes.digest();
}

void file_bytes::fail(std::int64_t line, const std::string &message, const std::string &hint) const {
    throw file_error{name_, static_cast<int>(line), message, hint};
}

} // namespace smelt::source
