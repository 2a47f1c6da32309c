#include "postmaster.hpp"

#include "proc.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"

#include <chrono>
#include <csignal>
#include <thread>

namespace smelt::db {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto poll_pause = 50ms;
constexpr auto longest_stop = 2min;
constexpr auto longest_start = 10min; // recovery after a crash replays up to max_wal_size
constexpr auto longest_shutdown = 30s;
constexpr std::uintmax_t largest_log = 10UL * 1024 * 1024;

/// Calls done until it says yes or the time is over.
template <class Done>
bool wait_for(std::chrono::steady_clock::duration longest, Done done) {
    const auto end = std::chrono::steady_clock::now() + longest;
    while (!done()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(poll_pause);
    }
    return true;
}

void rotate_log(const layout &at) {
    std::error_code ignored;
    if (fs::exists(at.log, ignored) && fs::file_size(at.log, ignored) > largest_log)
        fs::rename(at.log, at.log.string() + ".1", ignored);
}

std::string end_of_log(const layout &at, std::size_t from) {
    const auto text = read_text(at.log);
    auto rest = trim(std::string_view{text}.substr(std::min(from, text.size())));
    constexpr std::size_t most = 1000;
    if (rest.size() > most)
        rest = rest.substr(rest.find('\n', rest.size() - most) + 1);
    return std::string{rest};
}

/// A lock file whose number belongs to a process that is not our server stops PostgreSQL from starting for ever.
void remove_if_stale(const layout &at, const fs::path &lock_file) {
    const auto found = parse_pid_file(read_text(lock_file));
    if (found && ::kill(found->pid, 0) == 0 && !is_server_of(found->pid, at.data)) {
        log::warn("{} names process {}, which is not the database server; it is removed", lock_file.string(),
                  found->pid);
        fs::remove(lock_file);
    }
}

} // namespace

std::optional<pid_file> parse_pid_file(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.push_back(trim(text.substr(0, end)));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    if (lines.empty())
        return std::nullopt;
    pid_file out;
    out.pid = number_in(lines[0]);
    if (out.pid <= 0)
        return std::nullopt;
    if (lines.size() > 4)
        out.socket_folder = lines[4];
    if (lines.size() > 7)
        out.status = lines[7];
    return out;
}

std::optional<pid_file> find_postmaster(const layout &at) {
    auto found = parse_pid_file(read_text(at.data / "postmaster.pid"));
    if (found && !is_server_of(found->pid, at.data))
        found.reset();
    return found;
}

bool is_outdated(const pid_file &server) {
    std::error_code problem;
    const auto program = fs::read_symlink("/proc/" + std::to_string(server.pid) + "/exe", problem);
    return !problem && program.string().ends_with(" (deleted)");
}

void start_postmaster(const layout &at, const identity &who, const installation &programs) {
    if (!wait_for(longest_shutdown, [&] { return !has_server_processes(at.data); }))
        throw unavailable{"processes of a killed database server still work in " + at.data.string(),
                          "wait until they end, or end them"};
    remove_if_stale(at, at.data / "postmaster.pid");
    remove_if_stale(at, socket_folder(at) / ".s.PGSQL.5432.lock");
    rotate_log(at);
    write_settings(at, who);
    const auto give_up = std::chrono::steady_clock::now() + longest_shutdown;
    for (;;) {
        std::error_code none;
        const auto size = fs::exists(at.log, none) ? fs::file_size(at.log, none) : 0;
        const auto result =
            run_program(who,
                        {programs.bin / "pg_ctl", "start", "-s", "-w", "-t",
                         std::to_string(std::chrono::seconds{longest_start}.count()), "-D", at.data, "-l", at.log},
                        at.root);
        if (result.status == 0)
            return;
        const auto said = end_of_log(at, size);
        // The processes of a killed server need a moment to notice.
        const bool occupied = said.find("still in use") != std::string::npos;
        if (!occupied || std::chrono::steady_clock::now() > give_up)
            throw unavailable{"the private database server does not start: " +
                                  (said.empty() ? std::string{trim(result.output)} : said),
                              "its whole log is " + at.log.string()};
        std::this_thread::sleep_for(4 * poll_pause);
    }
}

bool wait_until_ready(const layout &at) {
    bool ready = false;
    const bool known = wait_for(longest_start, [&] {
        const auto server = find_postmaster(at);
        ready = server && server->status == "ready";
        return ready || !server || server->status == "stopping";
    });
    if (!known)
        throw unavailable{"the private database server has been starting for too long",
                          "see its log " + at.log.string()};
    return ready;
}

void stop_postmaster(const layout &at, const pid_file &server) {
    // pid 0 and -1 would mean whole groups; parse_pid_file refuses them.
    ::kill(server.pid, SIGINT);
    if (!wait_for(longest_stop, [&] { return !is_alive(server.pid); }))
        throw unavailable{"the private database server (process " + std::to_string(server.pid) + ") does not stop",
                          "see its log " + at.log.string()};
}

} // namespace smelt::db
