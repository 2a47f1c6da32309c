#pragma once

#include <rapidjson/document.h>

#include <string>
#include <string_view>

namespace smelt::provider {

using json_pool = rapidjson::MemoryPoolAllocator<>;
using json_value = rapidjson::GenericValue<rapidjson::UTF8<>, json_pool>;

/// Parses one line after another in the same memory; nothing is allocated for lines of ordinary size. What parse
/// returns lives until the next call. One per thread.
class line_document {
  public:
    line_document();
    ~line_document();
    line_document(const line_document &) = delete;
    line_document &operator=(const line_document &) = delete;

    /// Null when the line is not one JSON text. Depth costs heap, not stack.
    const json_value *parse(std::string_view line);
    /// After a null: a string held half a surrogate pair, which JSON allows and no Unicode text can hold.
    [[nodiscard]] bool lone_surrogate() const { return lone_surrogate_; }

  private:
    struct memory;
    memory *memory_;
    bool lone_surrogate_ = false;
};

/// The member, or null when it is absent, null, or object is none.
const json_value *member(const json_value &object, std::string_view name);
/// The string member, or "".
std::string_view text_member(const json_value &object, std::string_view name);

/// The line with every escaped half of a surrogate pair replaced by U+FFFD.
std::string replace_lone_surrogates(std::string_view line);

/// The custom_id (member `name`) of a line that cannot be parsed, when it is still there to be read; else "".
std::string scan_custom_id(std::string_view line, std::string_view name);

} // namespace smelt::provider
