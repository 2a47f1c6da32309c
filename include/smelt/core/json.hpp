#pragma once

#include <nlohmann/json.hpp>

namespace smelt {

/// Documents that we make or read whole: definitions, provider objects, reports. Key order is kept, because schemas are
/// sent in the order that the user wrote (models answer in schema order). Answers never go through it: their own text
/// is stored.
using json = nlohmann::ordered_json;

} // namespace smelt
