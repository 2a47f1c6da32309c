#pragma once

#include "smelt/base/json.hpp"

#include <string>

namespace smelt::sim {

/// The first rule of docs/protocols.md, OpenAI strict schemas, that schema breaks, in words with its place; empty when
/// it keeps them all.
std::string broken_strict_rule(const json &schema);

} // namespace smelt::sim
