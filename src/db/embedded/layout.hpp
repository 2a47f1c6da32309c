#pragma once

#include "process.hpp"

#include <filesystem>
#include <string>

namespace smelt::db {

/// The files of the private cluster. Everything below `root` belongs to the server's user and to nobody else.
struct layout {
    explicit layout(const std::filesystem::path &home);

    std::filesystem::path root;          ///< SMELT_HOME/pg
    std::filesystem::path data;          ///< the cluster
    std::filesystem::path fresh;         ///< a cluster that is not finished; renamed to data at the end
    std::filesystem::path old;           ///< what an upgrade leaves behind
    std::filesystem::path log;           ///< the server's messages
    std::filesystem::path lock;          ///< held while the cluster is made, started or stopped
    std::filesystem::path settings;      ///< smelt.conf, written by us
    std::filesystem::path own_settings;  ///< local.conf, never written by us after its first line
    std::filesystem::path socket_record; ///< names the folder of the socket when it is not root/s
};

/// Whether a socket in this folder has a path that the system can bind (107 bytes).
bool socket_fits(const std::filesystem::path &folder);

/// Makes root with the right owner and mode. Throws unavailable when the server's user cannot get there.
void prepare_root(const layout &at, const identity &who);

/// Makes (or finds again) a private folder for the socket and records it: root/s, or a short one below /tmp, which
/// outlives a login session where XDG_RUNTIME_DIR does not. A folder that is not ours alone is never used.
std::filesystem::path prepare_socket_folder(const layout &at, const identity &who);

/// The folder that prepare_socket_folder chose last.
std::filesystem::path socket_folder(const layout &at);

/// Writes a file for the server's user, replacing it in one step.
void write_for(const identity &who, const std::filesystem::path &file, const std::string &content);

/// The whole file, or empty.
std::string read_text(const std::filesystem::path &file);

} // namespace smelt::db
