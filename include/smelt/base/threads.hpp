#pragma once

#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace smelt {

/// A few threads that all run the same function until it returns; the destructor ends them. The system may refuse a
/// thread (ulimit -u, pids.max): those that run already are ended then, and nobody waits for them for ever.
class thread_team {
  public:
    /// stop makes every body return soon, from any thread. Throws unavailable.
    thread_team(std::size_t count, const std::function<void()> &body, std::function<void()> stop);
    ~thread_team();
    thread_team(const thread_team &) = delete;
    thread_team &operator=(const thread_team &) = delete;

    /// Stops and joins; what follows relies on nobody running any more. Safe to call twice.
    void end();

  private:
    std::function<void()> stop_;
    std::vector<std::thread> threads_;
};

/// Throws the sentence for a thread that the system refused.
[[noreturn]] void throw_no_thread(const char *why);

} // namespace smelt
