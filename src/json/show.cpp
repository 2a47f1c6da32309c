#include "smelt/json/show.hpp"

#include "smelt/base/text.hpp"
#include "smelt/json/writer.hpp"

namespace smelt::json_text {
namespace {

constexpr std::size_t most_shown = 60;

std::string clipped(std::string_view text, std::size_t most) {
    return text.size() <= most ? std::string{text} : std::string{clip_utf8(text, most)} + "...";
}

} // namespace

std::string in_quotes(std::string_view text) {
    std::string out;
    append_json_string(out, clipped(text, most_shown));
    return out;
}

std::string shown(const node &value) {
    switch (value.kind) {
    case node_kind::null:
        return "null";
    case node_kind::boolean:
        return value.truth ? "true" : "false";
    case node_kind::number:
        return clipped(value.text, most_shown);
    case node_kind::string:
        return in_quotes(value.text);
    case node_kind::array:
        return value.count == 0 ? "an empty array" : "an array of " + std::to_string(value.count);
    case node_kind::object:
        return value.count == 0 ? "an empty object" : "an object";
    }
    return {};
}

} // namespace smelt::json_text
