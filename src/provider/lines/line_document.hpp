#pragma once

#include "provider/members.hpp"

#include <string_view>

namespace smelt::provider {

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

} // namespace smelt::provider
