#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace smelt::db {

/// Who the server runs as: the caller, or an unprivileged user when the caller is root (PostgreSQL refuses root).
struct identity {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name;
    std::string home;
    std::vector<gid_t> groups;
    bool switch_user = false;
};

/// Throws unavailable when the caller is root and there is no user "postgres".
identity server_identity();

struct program_result {
    int status = 0;     ///< exit status; 128 + n when signal n ended it; 127 when it could not be started
    std::string output; ///< stdout and stderr
};

/// Runs a program to its end as `who`, in a session of its own, with an environment of its own and no descriptor of
/// ours, so that a server it leaves behind outlives us, hears no Ctrl-C and keeps no pipe open.
program_result run_program(const identity &who, const std::vector<std::string> &argv,
                           const std::filesystem::path &folder, std::string_view input = {});

/// Whether `who` may enter the folder.
bool can_enter(const identity &who, const std::filesystem::path &folder);

} // namespace smelt::db
