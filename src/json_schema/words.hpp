#pragma once

#include "node.hpp"

/// How violations are put into words. They are read by people and, as feedback, by the model.
namespace smelt::json_schema {

std::string words_for_types(unsigned types);
/// 'one of "en", "de"', or the only value.
std::string words_for_values(const std::vector<std::unique_ptr<constant>> &values);
/// "at least 3", "at most 5", "3 to 5", "exactly 4".
std::string words_for_range(const size_range &range);
std::string words_for_property_names(const schema_node &schema);

} // namespace smelt::json_schema
