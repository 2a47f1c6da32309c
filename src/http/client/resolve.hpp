#pragma once

#include "connection.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <vector>

namespace smelt::http {

/// Addresses of a host, or not at all before `until`: getaddrinfo itself cannot be interrupted, so it is left behind
/// when the time is over or the caller is cancelled. Throws transport_error(not_sent).
awaitable<std::vector<boost::asio::ip::tcp::endpoint>> resolve(boost::asio::any_io_executor executor, const url &to,
                                                               clock::time_point until);

} // namespace smelt::http
