#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <functional>

namespace smelt::orchestrator {

using boost::asio::awaitable;
using std::chrono::milliseconds;

/// Joins two coroutines; the first failure cancels the other and is rethrown as itself.
awaitable<void> join(awaitable<void> a, awaitable<void> b);

/// Runs each(i) for i in [0, n) with at most `width` at a time.
awaitable<void> for_each(std::size_t n, std::size_t width, std::function<awaitable<void>(std::size_t)> each);

/// Cancelled by the end of the run.
awaitable<void> pause(boost::asio::io_context &io, milliseconds how_long);

} // namespace smelt::orchestrator
