#include "words.hpp"

#include "smelt/base/text.hpp"

#include <array>
#include <utility>

namespace smelt::json_schema {
namespace {

constexpr std::size_t most_shown = 60;
constexpr std::size_t most_listed = 300;

std::string clipped(std::string_view text, std::size_t most) {
    return text.size() <= most ? std::string{text} : std::string{clip_utf8(text, most)} + "...";
}

/// Adds to a list until it is too long for a message.
bool list(std::string &out, const std::string &item) {
    if (out.size() + item.size() > most_listed) {
        out += ", ...";
        return false;
    }
    out += (out.empty() ? "" : ", ") + item;
    return true;
}

} // namespace

std::string words_for_types(unsigned types) {
    static constexpr std::array<std::pair<unsigned, std::string_view>, 7> names{{
        {type_string, "a string"},
        {type_number, "a number"},
        {type_integer, "an integer"},
        {type_boolean, "true or false"},
        {type_array, "an array"},
        {type_object, "an object"},
        {type_null, "null"},
    }};
    std::string out;
    for (const auto &[bit, name] : names) {
        if ((types & bit) == 0 || (bit == type_integer && (types & type_number) != 0))
            continue;
        out += (out.empty() ? "" : " or ") + std::string{name};
    }
    return out;
}

std::string words_for_values(const std::vector<std::unique_ptr<constant>> &values) {
    std::string out;
    for (const auto &value : values)
        if (!list(out, clipped(value->text, most_shown)))
            break;
    return values.size() == 1 ? out : "one of " + out;
}

std::string words_for_range(const size_range &range) {
    if (range.most == size_range{}.most)
        return "at least " + std::to_string(range.least);
    if (range.least == 0)
        return "at most " + std::to_string(range.most);
    if (range.least == range.most)
        return "exactly " + std::to_string(range.least);
    return std::to_string(range.least) + " to " + std::to_string(range.most);
}

std::string words_for_property_names(const schema_node &schema) {
    std::string out;
    for (const auto &[name, value] : schema.properties)
        if (!list(out, name))
            break;
    return out;
}

} // namespace smelt::json_schema
