#pragma once

#include "smelt/json/tree.hpp"

#include <string>
#include <string_view>

namespace smelt::provider {

using json_text::node;
using json_text::node_kind;

/// Parses one line after another in the same memory; nothing is allocated for lines of ordinary size. What parse
/// returns lives until the next call. One per thread.
class line_document {
  public:
    /// Null when the line is not one JSON text. NaN and Infinity pass as numbers: they are no JSON, but Python writes
    /// them beside answers that are paid for.
    const node *parse(std::string_view line);
    /// After a null: a string held half a surrogate pair, which JSON allows and no Unicode text can hold.
    [[nodiscard]] bool lone_surrogate() const { return lone_surrogate_; }

  private:
    json_text::json_tree tree_;
    bool lone_surrogate_ = false;
};

/// The member, or null when it is absent, null, or object is none.
const node *member(const node &object, std::string_view name);
/// The string, or "" for any other value.
std::string_view text_in(const node &value);
/// The string member, or "".
std::string_view text_member(const node &object, std::string_view name);

/// The line with every escaped half of a surrogate pair replaced by U+FFFD.
std::string replace_lone_surrogates(std::string_view line);

/// The custom_id (member `name`) of a line that cannot be parsed, when it is still there to be read; else "".
std::string scan_custom_id(std::string_view line, std::string_view name);

} // namespace smelt::provider
