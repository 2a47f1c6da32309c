#pragma once

#include "simulator/dialect.hpp"
#include "simulator/options.hpp"

#include <cstdint>

namespace smelt::sim {

/// Requests of one batch, and bytes of one input (a file, or a create's body where requests come in it): the vendor's
/// limit (docs/protocols.md, Limits of one batch) unless the settings have one of their own.
std::int64_t most_requests(const options &settings, dialect spoken);
std::int64_t most_bytes(const options &settings, dialect spoken);

/// No vendor takes more.
constexpr std::int64_t most_bytes_anywhere = 2'000'000'000;

} // namespace smelt::sim
