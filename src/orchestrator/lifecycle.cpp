#include "lifecycle.hpp"

#include "smelt/base/log.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <unistd.h>

namespace smelt::orchestrator {
namespace {

std::string first_line(const std::string &file) {
    std::ifstream in{file};
    std::string line;
    std::getline(in, line);
    return line;
}

/// Field 22 of /proc/PID/stat (proc(5)): start time in clock ticks since boot; 0 when there is no such process. The
/// name in field 2 may hold spaces and brackets, so counting begins after its last bracket.
std::int64_t start_of(int pid) {
    const auto line = first_line(fmt::format("/proc/{}/stat", pid));
    const auto bracket = line.rfind(')');
    if (bracket == std::string::npos)
        return 0;
    std::istringstream rest{line.substr(bracket + 1)};
    std::string word;
    for (int field = 3; field <= 22 && rest >> word; ++field)
        if (field == 22)
            return std::stoll(word);
    return 0;
}

} // namespace

store::process_identity this_process() {
    std::array<char, 256> name{};
    gethostname(name.data(), name.size() - 1);
    std::error_code ec;
    auto space = std::filesystem::read_symlink("/proc/self/ns/pid", ec).string();
    if (ec)
        space.clear();
    const auto pid = static_cast<int>(getpid());
    return {name.data(), first_line("/proc/sys/kernel/random/boot_id"), pid, start_of(pid), space};
}

bool is_proven_gone(const store::process_identity &who) {
    // kill(2) tells of a process of anybody, also where /proc hides those of other users (hidepid).
    if (who.pid <= 0 || (kill(who.pid, 0) != 0 && errno == ESRCH))
        return true;
    const auto started = start_of(who.pid);
    return started != 0 && who.pid_start != 0 && started != who.pid_start;
}

void end_dead_runners(db::transaction &tx, const store::process_identity &me) {
    store::runners runners{tx};
    for (const auto &runner : runners.of_host(me))
        if (is_proven_gone(runner.process))
            runners.end(runner.id);
}

heartbeat::heartbeat(std::string conninfo, runner_id runner, std::chrono::milliseconds lease)
    : conninfo_{std::move(conninfo)},
      runner_{runner},
      lease_{lease},
      thread_{1, [this] { beat(); }, [this] { stop(); }} {}

void heartbeat::stop() {
    {
        const std::scoped_lock lock{mutex_};
        stop_ = true;
    }
    wake_.notify_all();
}

void heartbeat::beat() {
    std::unique_ptr<db::connection> connection;
    std::unique_lock lock{mutex_};
    while (!wake_.wait_for(lock, lease_ / 4, [this] { return stop_; })) {
        lock.unlock();
        try {
            if (!connection || !connection->is_open())
                connection = std::make_unique<db::connection>(conninfo_, "smelt lease");
            db::transaction tx{*connection};
            store::runners{tx}.renew(runner_, lease_);
            tx.commit();
        } catch (const std::exception &e) {
            // Losing the lease is safe (every write is fenced), so the run goes on and the next beat tries again.
            log::warn("the lease could not be renewed: {}", e.what());
            connection.reset();
        }
        lock.lock();
    }
}

} // namespace smelt::orchestrator
