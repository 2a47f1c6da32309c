#include "reviewer_name.hpp"

#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

namespace smelt::cli {

std::string reviewer_name(const std::string &given) {
    if (!given.empty())
        return given;
    if (const auto *user = ::getpwuid(::getuid()))
        return user->pw_name;
    return "user " + std::to_string(::getuid());
}

} // namespace smelt::cli
