// measure FILE COMMAND [ARGUMENT...]: runs the command and writes "SECONDS CPU_SECONDS PEAK_MB" of it to FILE: wall
// time, user and system time, and the largest resident memory. Exits as the command does. For scripts/bench: a shell
// that samples /proc sees itself before the command begins, and misses the end.
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

double seconds_of(const timeval &time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

} // namespace

int main(int count, char **arguments) {
    if (count < 3) {
        std::cerr << "usage: measure FILE COMMAND [ARGUMENT...]\n";
        return 2;
    }
    const auto begun = std::chrono::steady_clock::now();
    const auto child = ::fork();
    if (child == 0) {
        ::execvp(arguments[2], arguments + 2);
        std::cerr << arguments[2] << ": " << std::strerror(errno) << '\n';
        std::_Exit(127);
    }
    int status = 0;
    rusage used{};
    while (child > 0 && ::wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
    }
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
    char line[100];
    std::snprintf(line, sizeof line, "%.3f %.3f %.1f\n", wall.count(),
                  seconds_of(used.ru_utime) + seconds_of(used.ru_stime), static_cast<double>(used.ru_maxrss) / 1000);
    std::ofstream{arguments[1]} << line;
    if (child < 0)
        return 2;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
