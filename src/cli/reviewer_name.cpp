#include "reviewer_name.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <pwd.h>
#include <unistd.h>

namespace smelt::cli {

std::string reviewer_name(const std::string &given) {
    if (invalid_utf8_at(given) != std::string_view::npos)
        throw usage_error{"the name of --reviewer is not UTF-8", ""};
    if (!given.empty())
        return given;
    if (const auto *user = ::getpwuid(::getuid()))
        return user->pw_name;
    return "user " + std::to_string(::getuid());
}

} // namespace smelt::cli
