#pragma once

#include "smelt/base/json.hpp"

#include <ostream>

namespace smelt::cli {

/// The one form of a document on standard output. Bytes that are not UTF-8 (a provider's words) are replaced, not
/// fatal.
inline void print_json(std::ostream &out, const json &document) {
    out << document.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

} // namespace smelt::cli
