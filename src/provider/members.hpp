#pragma once

#include "smelt/json/tree.hpp"

#include <string_view>

/// Members of what a service sends, whatever it holds in their place. Pure.
namespace smelt::provider {

using json_text::node;
using json_text::node_kind;

/// The member, or null when it is absent, null, or object is none.
const node *member(const node &object, std::string_view name);
/// The string, or "" for any other value.
std::string_view text_in(const node &value);
/// The string member, or "".
std::string_view text_member(const node &object, std::string_view name);

} // namespace smelt::provider
