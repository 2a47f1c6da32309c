#include "smelt/core/error.hpp"

namespace smelt {
namespace {

std::string place(const std::string &file, int line) {
    return line > 0 ? file + ":" + std::to_string(line) + ": " : file + ": ";
}

} // namespace

file_error::file_error(std::string file, int line, const std::string &message, std::string hint)
    : usage_error{place(file, line) + message, std::move(hint)} {}

} // namespace smelt
