#pragma once

#include "faults.hpp"

#include "smelt/http/server.hpp"

namespace smelt::sim {

/// What a fault makes of the way on which a whole answer comes: a compressed body, a byte order mark before it, a wrong
/// date, a connection that ends. encodings: what the client takes; now: Unix milliseconds.
void inject_wire_faults(const call_fault &fault, std::string_view encodings, std::int64_t now,
                        http::server_response &response);

/// Sends the answer's body as slowly as the fault asks, and breaks the connection where it asks for that; an answer
/// that is to come unharmed stays as it is.
void inject_body_faults(const call_fault &fault, http::server_response &response);

} // namespace smelt::sim
