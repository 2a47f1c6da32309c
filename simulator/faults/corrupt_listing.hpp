#pragma once

#include "smelt/base/json.hpp"
#include "smelt/http/server.hpp"

#include <string>

namespace smelt::sim {

/// Takes what names a page out of the query, so that a cursor which only the fault knows is no error. Returns it.
std::string take_cursor(http::server_request &request);

/// What a listing of any dialect becomes: "null", no array but null; "odd", with entries that are no objects or lack
/// everything; "endless", each page a job that nobody knows, and another page follows; "repeating", two
/// cursors take turns for ever. cursor: of the page that was asked for.
json corrupt_listing(const std::string &kind, const std::string &cursor, json listing);

} // namespace smelt::sim
