#pragma once

#include <string>
#include <string_view>

namespace smelt::json_schema {

/// What ECMA 262 means by its classes, as ranges for the inside of [...]: the other engine's own depend on the locale.
/// For d, D, w, W, s, S; empty for every other letter.
std::wstring_view class_members(wchar_t letter);
/// "\b", or "\B" when not at an edge.
std::wstring word_boundary(bool at_edge);
/// The dot.
inline constexpr std::wstring_view not_line_end = L"[^\\x{A}\\x{D}\\x{2028}\\x{2029}]";

} // namespace smelt::json_schema
