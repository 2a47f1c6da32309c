#pragma once

#include "faults.hpp"

#include "smelt/http/server.hpp"

namespace smelt::sim {

/// Sends the answer's body as slowly as the fault asks, and breaks the connection where it asks for that; an answer
/// that is not to be disturbed stays as it is.
void disturb_body(const call_fault &fault, http::server_response &response);

} // namespace smelt::sim
