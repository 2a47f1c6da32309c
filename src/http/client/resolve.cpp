#include "resolve.hpp"

#include "smelt/base/threads.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace smelt::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Shared with the resolver's callback, which may outlive the coroutine that asked.
struct lookup {
    explicit lookup(const asio::any_io_executor &executor) : resolver{executor}, done{executor} {}
    tcp::resolver resolver;
    asio::steady_timer done; ///< cancelled by the callback: that is how it wakes the coroutine
    bool finished = false;
    error_code error;
    std::vector<tcp::endpoint> found;
};

void start(const std::shared_ptr<lookup> &state, const url &to) {
    auto callback = [state](error_code error, const tcp::resolver::results_type &results) {
        state->finished = true;
        state->error = error;
        for (const auto &entry : results)
            state->found.push_back(entry.endpoint());
        state->done.cancel();
    };
    try {
        state->resolver.async_resolve(to.host, std::to_string(to.port), tcp::resolver::numeric_service,
                                      std::move(callback));
    } catch (const boost::system::system_error &e) {
        throw_no_thread(e.code().message().c_str()); // names are looked up by a thread of Asio's
    }
}

} // namespace

awaitable<std::vector<tcp::endpoint>> resolve(asio::any_io_executor executor, const url &to, clock::time_point until) {
    error_code not_an_address;
    const auto address = asio::ip::make_address(to.host, not_an_address);
    if (!not_an_address)
        co_return std::vector<tcp::endpoint>(1, tcp::endpoint{address, to.port});

    const auto state = std::make_shared<lookup>(executor);
    state->done.expires_at(until);
    start(state, to);
    const auto [woken] = co_await state->done.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!state->finished) {
        state->resolver.cancel();
        const error_code why = woken ? woken : error_code{asio::error::timed_out};
        throw_transport(to, "resolve the host name", why, send_progress::not_sent);
    }
    if (state->error)
        throw_transport(to, "resolve the host name", state->error, send_progress::not_sent);
    co_return std::move(state->found);
}

} // namespace smelt::http
