#include "smelt/config/settings.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/dotenv.hpp"

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

std::filesystem::path absolute(const std::filesystem::path &path, const std::filesystem::path &folder) {
    return (folder / path).lexically_normal();
}

std::filesystem::path home_folder(const std::string &wanted) {
    if (!wanted.empty())
        return wanted;
    // Root's home is closed to the user that the embedded server runs as.
    return ::geteuid() == 0 ? std::filesystem::path{"/var/lib/smelt"} : user_data() / "smelt";
}

bool libpq_is_configured() {
    constexpr std::array names{"PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE"};
    return std::any_of(names.begin(), names.end(), [](const char *name) { return !environment(name).empty(); });
}

struct dotenv_file {
    std::filesystem::path folder;
    std::map<std::string, std::string> values;
};

/// Of the folders of these files and of the current one, each once.
std::vector<dotenv_file> read_dotenvs(const std::vector<std::filesystem::path> &pipelines) {
    const auto here = std::filesystem::current_path();
    std::vector<std::filesystem::path> folders;
    folders.reserve(pipelines.size() + 1);
    for (const auto &file : pipelines)
        folders.push_back(absolute(file, here).parent_path());
    folders.push_back(here);
    std::vector<dotenv_file> files;
    for (const auto &folder : folders)
        if (std::ranges::find(files, folder, &dotenv_file::folder) == files.end())
            files.push_back({folder, read_dotenv(folder / ".env")});
    return files;
}

/// The variable as the files have it; a command has one database, so they may not contradict each other.
std::string agreed(const std::string &name, bool is_path, const std::vector<dotenv_file> &files) {
    std::string value;
    const dotenv_file *first = nullptr;
    for (const auto &file : files) {
        const auto found = file.values.find(name);
        if (found == file.values.end() || found->second.empty())
            continue;
        // Started from another folder a relative path still means the same place.
        auto own = is_path ? absolute(found->second, file.folder).string() : found->second;
        if (first != nullptr && own != value)
            throw usage_error{name + " is one thing in " + (first->folder / ".env").string() + " and another in " +
                                  (file.folder / ".env").string(),
                              "a command works on one database: make the files agree, give each pipeline a command of "
                              "its own started from its folder, or set " +
                                  name + " in the environment"};
        if (first == nullptr) {
            first = &file;
            value = std::move(own);
        }
    }
    return value;
}

} // namespace

settings read_settings(const std::string &db_option, const std::vector<std::filesystem::path> &pipelines) {
    auto database = db_option.empty() ? environment("DATABASE_URL") : db_option;
    auto home = environment("SMELT_HOME");
    if (!home.empty())
        home = absolute(home, std::filesystem::current_path()).string();
    if (database.empty() || home.empty()) {
        const auto files = read_dotenvs(pipelines);
        if (database.empty())
            database = agreed("DATABASE_URL", false, files);
        if (home.empty())
            home = agreed("SMELT_HOME", true, files);
    }
    settings result;
    result.database = database;
    result.embedded = result.database.empty() && !libpq_is_configured();
    result.home = home_folder(home);
    return result;
}

} // namespace smelt::config
