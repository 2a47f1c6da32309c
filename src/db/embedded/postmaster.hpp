#pragma once

#include "cluster.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smelt::db {

/// The first lines of postmaster.pid.
struct pid_file {
    int pid = 0;
    std::string socket_folder;
    std::string status; ///< starting, ready, stopping, standby; empty when not written yet
};

/// Nothing when the text is not a whole pid file.
std::optional<pid_file> parse_pid_file(std::string_view text);

/// The server of this cluster, when its process lives: it must be a server that works in our data folder, since a pid
/// may belong to somebody else by now.
std::optional<pid_file> find_postmaster(const layout &at);

/// Whether the program file of the process was replaced, as by a package upgrade.
bool is_outdated(const pid_file &server);

/// Starts the server and waits until it accepts connections. Throws unavailable with the end of its log.
void start_postmaster(const layout &at, const identity &who, const installation &programs);

/// Waits until a server that is starting is ready (true) or gone (false).
bool wait_until_ready(const layout &at);

/// Fast shutdown, and waits for its end.
void stop_postmaster(const layout &at, const pid_file &server);

} // namespace smelt::db
