#include "command.hpp"

#include "smelt/base/child_process.hpp"
#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <unistd.h>

namespace smelt::config {
namespace {

using clock = std::chrono::steady_clock;

int milliseconds_left(clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
    return left > 0 ? static_cast<int>(left) : 0;
}

/// Reads to the end of the output, so that the program never dies of a closed pipe; false when time is up first.
bool read_all(int from, clock::time_point deadline, std::string &text) {
    constexpr std::size_t most = 1 << 16; // a key is short; the rest of a chatty program's output is dropped
    std::array<char, 4096> block{};
    for (;;) {
        pollfd waiting{from, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, milliseconds_left(deadline));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        const auto size = ::read(from, block.data(), block.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return true;
        if (text.size() < most)
            text.append(block.data(), static_cast<std::size_t>(size));
    }
}

} // namespace

std::string first_line_of(const std::vector<std::string> &argv, const std::filesystem::path &folder,
                          std::chrono::milliseconds limit) {
    pipe_ends output;
    const auto deadline = clock::now() + limit;
    const auto child = start({.argv = argv, .folder = folder, .output = output.writing()});
    output.close_writing();
    std::string text;
    // A program may close its stdout and live on, so the wait has the same deadline.
    const bool ended = read_all(output.reading(), deadline, text);
    const auto status = ended ? wait_for_end(child, deadline) : std::nullopt;
    if (!status) {
        ::kill(child, SIGKILL);
        wait_for_end(child);
        throw usage_error{argv.front() + " did not end within " + format_duration(limit)};
    }
    if (*status != 0)
        throw usage_error{argv.front() + " " + describe_ending(*status)};
    return text.substr(0, text.find('\n'));
}

} // namespace smelt::config
