#include "smelt/base/threads.hpp"

#include "smelt/base/error.hpp"

#include <system_error>
#include <utility>

namespace smelt {

thread_team::thread_team(std::size_t count, const std::function<void()> &body, std::function<void()> stop)
    : stop_{std::move(stop)} {
    threads_.reserve(count);
    try {
        while (threads_.size() < count)
            threads_.emplace_back(body);
    } catch (const std::system_error &e) {
        end();
        throw_no_thread(e.code().message().c_str());
    }
}

thread_team::~thread_team() {
    end();
}

void thread_team::end() {
    if (threads_.empty())
        return;
    stop_();
    for (auto &thread : threads_)
        thread.join();
    threads_.clear();
}

void throw_no_thread(const char *why) {
    throw unavailable{std::string{"the system gives no more threads: "} + why,
                      "raise the limit of processes of this user (ulimit -u) or of its container (pids.max), or end "
                      "other programs; nothing was lost"};
}

} // namespace smelt
