#pragma once

#include "smelt/domain/task_definition.hpp"
#include "smelt/json/tree.hpp"

#include <string>
#include <string_view>

/// The fields of a record together, as a template names them.
namespace smelt::extraction {

inline constexpr std::string_view all_fields_name = "all_fields";

/// A JSON array of {"name", "label", "value"}, one for each field that is chosen and not empty: in the order of
/// choice.only, else of their names. The label of years_experience is "Years Experience".
std::string list_fields(const json_text::node &record, const field_choice &choice);

/// Such an array as lines "Label: value".
std::string field_lines(const json_text::node &fields);

} // namespace smelt::extraction
