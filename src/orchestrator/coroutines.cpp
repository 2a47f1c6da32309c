#include "coroutines.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace smelt::orchestrator {

namespace asio = boost::asio;

awaitable<void> join(awaitable<void> a, awaitable<void> b) {
    using namespace asio::experimental::awaitable_operators;
    // Asio reports both, in their order: the one that was cancelled because of the other may come first.
    std::exception_ptr first;
    const auto watched = [&first](awaitable<void> step) -> awaitable<void> {
        try {
            co_await std::move(step);
        } catch (...) {
            if (!first)
                first = std::current_exception();
            throw;
        }
    };
    auto one = watched(std::move(a));
    auto other = watched(std::move(b));
    try {
        co_await (std::move(one) && std::move(other));
    } catch (...) {
        std::rethrow_exception(first ? first : std::current_exception());
    }
}

awaitable<void> for_each(std::size_t n, std::size_t width, std::function<awaitable<void>(std::size_t)> each) {
    std::size_t next = 0;
    const auto worker = [&]() -> awaitable<void> {
        while (next < n)
            co_await each(next++);
    };
    awaitable<void> all = worker();
    for (std::size_t i = 1; i < std::min(width, n); ++i)
        all = join(std::move(all), worker());
    co_await std::move(all);
}

awaitable<void> pause(asio::io_context &io, milliseconds how_long) {
    asio::steady_timer timer{io, how_long};
    co_await timer.async_wait(asio::use_awaitable);
}

} // namespace smelt::orchestrator
