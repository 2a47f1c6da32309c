#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::source {

/// Why a text is not an object that jsonb can hold; `at` is the 0-based byte.
class scan_error : public std::runtime_error {
  public:
    scan_error(const std::string &message, std::size_t at) : std::runtime_error{message}, at_{at} {}
    [[nodiscard]] std::size_t at() const { return at_; }

  private:
    std::size_t at_;
};

enum class json_kind { text, number, other, null };

/// One member of the outermost object.
struct json_member {
    std::string name; ///< decoded
    json_kind kind = json_kind::null;
    std::string_view raw; ///< the value's own text
};

/// Reads one object and nothing else. Beyond JSON's grammar it refuses what PostgreSQL's jsonb does: \u0000, lone
/// surrogates, numbers outside numeric's range, nesting without end; and a name twice in the outermost object. The text
/// must be UTF-8.
std::vector<json_member> scan_object(std::string_view text);

/// The text that a JSON string stands for; `raw` is a string that scan_object read, quotes included.
std::string decode_string(std::string_view raw);

} // namespace smelt::source
