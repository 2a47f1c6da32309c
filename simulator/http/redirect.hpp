#pragma once

#include "smelt/http/server.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace smelt::sim {

/// Sends the client to the same call below /sim/moved, where it needs no key; behind so many redirects, this one
/// included. origin: scheme and host of the target; empty: a target without them.
http::server_response redirect(const http::server_request &request, int status, const std::string &origin,
                               std::int64_t redirects);

/// Of a call below /sim/moved: how many redirects are still to come. Gives it the path that it had before.
std::optional<std::int64_t> take_moved(http::server_request &request);

/// Whether the call says who asks.
bool carries_key(const http::server_request &request);

} // namespace smelt::sim
