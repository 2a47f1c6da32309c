#include "strict_adapter.hpp"

#include "smelt/base/text.hpp"
#include "smelt/json/pointer.hpp"
#include "smelt/json/tree.hpp"
#include "smelt/json_schema/source.hpp"

namespace smelt::extraction {

using namespace json_text;
using namespace json_schema;
namespace {

// OpenAI, structured outputs guide, "Supported schemas" (limits of strict: true).
constexpr std::size_t most_properties = 5'000;
constexpr std::size_t most_levels = 10;
constexpr std::size_t most_characters = 120'000;
constexpr std::size_t most_enum_values = 1'000;
constexpr std::size_t large_enum = 250;
constexpr std::size_t most_characters_of_large_enum = 15'000;

std::string grouped(std::size_t value) {
    return group_digits(static_cast<std::int64_t>(value));
}

class strict_limits {
  public:
    /// level: objects around this schema.
    void schema(const json &at, const std::string &pointer, std::size_t level) {
        level += at.contains("properties") ? 1 : 0;
        if (level > most_levels)
            refuse_schema(pointer, "strict structured outputs allow " + grouped(most_levels) + " levels of nesting");
        properties(at, pointer, level);
        values(at, pointer);
        if (at.contains("items"))
            schema(at["items"], pointer + "/items", level);
        if (at.contains("anyOf"))
            for (std::size_t i = 0; i < at["anyOf"].size(); ++i)
                schema(at["anyOf"][i], pointer + "/anyOf/" + std::to_string(i), level);
        if (at.contains("$defs"))
            for (const auto &[name, value] : at["$defs"].items()) {
                characters_ += name.size();
                schema(value, pointer + "/$defs/" + pointer_token(name), 0);
            }
    }

    void totals() const {
        if (properties_ > most_properties)
            refuse_schema("", "it has " + grouped(properties_) + " properties; strict structured outputs allow " +
                                  grouped(most_properties));
        if (characters_ > most_characters)
            refuse_schema("", "its names and values have " + grouped(characters_) +
                                  " characters; strict structured outputs allow " + grouped(most_characters));
        if (enum_values_ > most_enum_values)
            refuse_schema("", "its enums have " + grouped(enum_values_) + " values; strict structured outputs allow " +
                                  grouped(most_enum_values));
    }

  private:
    void properties(const json &at, const std::string &pointer, std::size_t level) {
        if (!at.contains("properties"))
            return;
        for (const auto &[name, value] : at["properties"].items()) {
            ++properties_;
            characters_ += name.size();
            schema(value, pointer + "/properties/" + pointer_token(name), level);
        }
    }

    void values(const json &at, const std::string &pointer) {
        if (at.contains("const") && at["const"].is_string())
            characters_ += at["const"].get_ref<const std::string &>().size();
        if (!at.contains("enum"))
            return;
        std::size_t size = 0;
        for (const json &value : at["enum"])
            size += value.is_string() ? value.get_ref<const std::string &>().size() : 0;
        enum_values_ += at["enum"].size();
        characters_ += size;
        if (at["enum"].size() > large_enum && size > most_characters_of_large_enum)
            refuse_schema(pointer + "/enum", "an enum of more than " + grouped(large_enum) + " values may have " +
                                                 grouped(most_characters_of_large_enum) +
                                                 " characters in strict structured outputs; this one has " +
                                                 grouped(size));
    }

    std::size_t properties_ = 0;
    std::size_t characters_ = 0;
    std::size_t enum_values_ = 0;
};

} // namespace

void check_strict_limits(const json &adapted) {
    strict_limits limits;
    limits.schema(adapted, "", 0);
    limits.totals();
}

} // namespace smelt::extraction
