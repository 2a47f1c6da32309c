#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace smelt::actions {

/// Calls each(name, value) for the top-level members of a JSON object. value is the text as it stands, so numbers keep
/// all their digits. The text has to be well-formed (PostgreSQL's jsonb output is); nothing happens when it is not an
/// object.
void for_each_member(std::string_view object,
                     const std::function<void(const std::string &name, std::string_view value)> &each);

/// A JSON value as one cell of a table: strings without quotes and escapes, null as nothing, everything else as it
/// stands.
std::string json_cell(std::string_view value);

} // namespace smelt::actions
