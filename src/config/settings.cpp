#include "smelt/config/settings.hpp"

#include "smelt/config/dotenv.hpp"
#include "smelt/core/error.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

namespace smelt::config {
namespace {

/// A variable that is set to nothing counts as not set, as in libpq.
std::string environment(const char *name) {
    const char *value = std::getenv(name);
    return value ? value : "";
}

std::filesystem::path user_data() {
    // The base directory specification tells programs to ignore a relative XDG_DATA_HOME.
    if (const std::filesystem::path xdg{environment("XDG_DATA_HOME")}; xdg.is_absolute())
        return xdg;
    auto home = environment("HOME");
    if (home.empty())
        if (const auto *user = ::getpwuid(::geteuid()))
            home = user->pw_dir;
    if (home.empty())
        throw usage_error{"there is no home directory to keep files in", "set SMELT_HOME to a folder of your own"};
    return std::filesystem::path{home} / ".local/share";
}

std::filesystem::path home_folder(const std::string &wanted) {
    if (!wanted.empty())
        return std::filesystem::absolute(wanted).lexically_normal();
    // Root's home is closed to the user that the embedded server runs as.
    return ::geteuid() == 0 ? std::filesystem::path{"/var/lib/smelt"} : user_data() / "smelt";
}

bool libpq_is_configured() {
    constexpr std::array names{"PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE"};
    return std::any_of(names.begin(), names.end(), [](const char *name) { return !environment(name).empty(); });
}

} // namespace

settings read_settings(const std::string &db_option) {
    auto database = environment("DATABASE_URL");
    auto home = environment("SMELT_HOME");
    if (database.empty() || home.empty()) {
        const auto file = read_dotenv(".env");
        const auto fill = [&](std::string &value, const char *name) {
            if (const auto found = file.find(name); value.empty() && found != file.end())
                value = found->second;
        };
        fill(database, "DATABASE_URL");
        fill(home, "SMELT_HOME");
    }
    settings result;
    result.database = db_option.empty() ? database : db_option;
    result.embedded = result.database.empty() && !libpq_is_configured();
    result.home = home_folder(home);
    return result;
}

} // namespace smelt::config
