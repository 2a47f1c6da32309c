#pragma once

#include <filesystem>
#include <string_view>

/// What /proc says about processes.
namespace smelt::db {

/// 0 when the text is not a number.
int number_in(std::string_view text);

/// Whether the process works in the data folder, as the server does; a pid may belong to somebody else by now.
bool is_server_of(int pid, const std::filesystem::path &data);

/// Whether processes of a server work in the data folder: those of a killed one that have not noticed yet. They may
/// still write, so nothing starts beside them.
bool has_server_processes(const std::filesystem::path &data);

/// Whether the process runs; one that has ended and waits for its parent does not. (Its folder is gone before it is.)
bool is_alive(int pid);

} // namespace smelt::db
