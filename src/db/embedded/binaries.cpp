#include "binaries.hpp"

#include "process.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sstream>
#include <unistd.h>

namespace smelt::db {
namespace {

namespace fs = std::filesystem;

constexpr int oldest_major = 15;

identity myself() {
    identity who;
    who.home = "/";
    return who;
}

std::vector<fs::path> candidate_folders() {
    std::vector<fs::path> out;
    if (const char *own = std::getenv("SMELT_PG_BIN"))
        return {own};
    std::error_code ignored;
    for (const auto &entry : fs::directory_iterator{"/usr/lib/postgresql", ignored})
        out.push_back(entry.path() / "bin");
    for (const auto &entry : fs::directory_iterator{"/usr", ignored})
        if (entry.path().filename().string().starts_with("pgsql-"))
            out.push_back(entry.path() / "bin");
    if (const char *path = std::getenv("PATH")) {
        std::istringstream parts{path};
        for (std::string part; std::getline(parts, part, ':');)
            if (!part.empty() && part.front() == '/')
                out.emplace_back(part);
    }
    if (fs::exists("/usr/bin/pg_config"))
        out.emplace_back(trim(run_program(myself(), {"/usr/bin/pg_config", "--bindir"}, "/").output));
    return out;
}

bool holds_server(const fs::path &bin) {
    return std::ranges::all_of(std::initializer_list<const char *>{"postgres", "initdb", "pg_ctl"},
                               [&](const char *name) { return ::access((bin / name).c_str(), X_OK) == 0; });
}

std::string install_hint() {
    return "install one: apt install postgresql (its own cluster is not touched); or name a database with DATABASE_URL "
           "or --db";
}

} // namespace

int major_version(std::string_view answer) {
    const auto at = answer.find_first_of("0123456789");
    int major = 0;
    if (at != std::string_view::npos)
        std::from_chars(answer.data() + at, answer.data() + answer.size(), major);
    return major;
}

std::vector<installation> find_installations() {
    std::vector<installation> out;
    for (const auto &folder : candidate_folders()) {
        std::error_code ignored;
        const auto bin = fs::canonical(folder, ignored);
        if (ignored || !holds_server(bin) || std::ranges::find(out, bin, &installation::bin) != out.end())
            continue;
        const auto answer = run_program(myself(), {bin / "postgres", "--version"}, "/");
        if (const auto major = major_version(answer.output); answer.status == 0 && major > 0)
            out.push_back({major, bin});
    }
    std::ranges::stable_sort(out, std::greater{}, &installation::major);
    return out;
}

installation newest_installation(const std::vector<installation> &found) {
    if (found.empty())
        throw unavailable{"no PostgreSQL server is installed", install_hint()};
    if (found.front().major < oldest_major)
        throw unavailable{"the installed PostgreSQL " + std::to_string(found.front().major) +
                              " is too old: smelt needs 15 or newer",
                          install_hint()};
    return found.front();
}

installation installation_for(const std::vector<installation> &found, int major) {
    const auto it = std::ranges::find(found, major, &installation::major);
    if (it != found.end())
        return *it;
    const auto wanted = std::to_string(major);
    if (!found.empty() && found.front().major > major)
        throw unavailable{"the database was made by PostgreSQL " + wanted + ", but only PostgreSQL " +
                              std::to_string(found.front().major) + " is installed",
                          "run smelt db upgrade (it needs the old programs once more: apt install postgresql-" +
                              wanted + ")"};
    throw unavailable{"the database was made by PostgreSQL " + wanted + ", which is not installed",
                      "apt install postgresql-" + wanted};
}

} // namespace smelt::db
