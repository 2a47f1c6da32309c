#include "text_file.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace smelt::config {

std::string read_text_file(const std::filesystem::path &file) {
    constexpr std::uintmax_t largest = 16 << 20;
    const auto name = file.string();
    std::error_code ec;
    const auto status = std::filesystem::status(file, ec);
    if (!std::filesystem::exists(status))
        throw file_error{name, 0, "there is no such file"};
    if (!std::filesystem::is_regular_file(status))
        throw file_error{name, 0, "this is not a regular file"};
    if (std::filesystem::file_size(file, ec) > largest)
        throw file_error{name, 0, "the file is larger than 16 MB"};
    errno = 0;
    std::ifstream in{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in.is_open() || in.bad())
        throw file_error{name, 0, std::string{"cannot be read: "} + std::strerror(errno ? errno : EIO)};
    return text;
}

std::string read_utf8_file(const std::filesystem::path &file) {
    auto text = read_text_file(file);
    if (text.compare(0, 3, "\xEF\xBB\xBF") == 0)
        text.erase(0, 3);
    const auto bad = std::min(invalid_utf8_at(text), text.find('\0'));
    if (bad != std::string::npos)
        throw file_error{file.string(), line_of(text, bad), text[bad] == '\0' ? "NUL byte" : "not valid UTF-8",
                         "save the file as UTF-8"};
    return text;
}

int line_of(std::string_view text, std::size_t at) {
    const auto *const end = text.begin() + static_cast<std::ptrdiff_t>(std::min(at, text.size()));
    return 1 + static_cast<int>(std::count(text.begin(), end, '\n'));
}

} // namespace smelt::config
