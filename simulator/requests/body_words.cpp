#include "body_rules.hpp"

#include <fmt/format.h>

namespace smelt::sim {
namespace {

/// messages[0].content
std::string openai_place(const body_flaw &flaw) {
    std::string place{flaw.member};
    if (flaw.message >= 0)
        place += fmt::format("[{}]", flaw.message);
    if (!flaw.inner.empty())
        place += fmt::format(".{}", flaw.inner);
    return place;
}

/// messages.0.content
std::string pydantic_place(const body_flaw &flaw) {
    std::string place{flaw.member};
    if (flaw.message >= 0)
        place += fmt::format(".{}", flaw.message);
    if (!flaw.inner.empty())
        place += fmt::format(".{}", flaw.inner);
    return place;
}

std::string_view openai_type(unsigned kinds) {
    switch (kinds) {
    case of_text:
        return "a string";
    case of_integer:
        return "an integer";
    case of_number:
        return "a decimal";
    case of_boolean:
        return "a boolean";
    case of_object:
        return "an object";
    case of_list:
        return "an array of objects";
    default:
        return "one of a string or array of objects";
    }
}

std::string_view seen_type(std::string_view value) {
    switch (value.empty() ? 'n' : value.front()) {
    case '"':
        return "a string";
    case '{':
        return "an object";
    case '[':
        return "an array";
    case 't':
    case 'f':
        return "a boolean";
    case 'n':
        return "null";
    default:
        return value.find_first_of(".eE") == std::string_view::npos ? "an integer" : "a decimal";
    }
}

std::string_view pydantic_type(unsigned kinds) {
    switch (kinds) {
    case of_integer:
        return "integer";
    case of_number:
        return "number";
    case of_boolean:
        return "boolean";
    case of_object:
        return "dictionary";
    case of_list:
        return "list";
    default:
        return "string";
    }
}

refusal out_of_range(const body_flaw &flaw, const std::string &place) {
    const bool above = flaw.what == body_flaw::too_large;
    const std::string_view type = flaw.wanted == of_integer ? "integer" : "decimal";
    return {fmt::format("Invalid '{}': {} {} value. Expected a value {} {}, but got {} instead.", place, type,
                        above ? "above maximum" : "below minimum", above ? "<=" : ">=", flaw.bound, flaw.value),
            place, fmt::format("{}_{}_value", type, above ? "above_max" : "below_min")};
}

} // namespace

refusal openai_words(const body_flaw &flaw, const body_rules &rules) {
    const std::string place = openai_place(flaw);
    switch (flaw.what) {
    case body_flaw::none:
        return {};
    case body_flaw::unknown_member:
        return {fmt::format("Unknown parameter: '{}'.", place), place, "unknown_parameter"};
    case body_flaw::missing:
        return {fmt::format("Missing required parameter: '{}'.", place), place, "missing_required_parameter"};
    case body_flaw::wrong_type:
        return {fmt::format("Invalid type for '{}': expected {}, but got {} instead.", place, openai_type(flaw.wanted),
                            seen_type(flaw.value)),
                place, "invalid_type"};
    case body_flaw::odd_role: {
        std::string roles;
        for (const auto &role : rules.roles)
            roles += fmt::format("{}'{}'", roles.empty() ? "" : ", ", role.name);
        return {fmt::format("Invalid value: '{}'. Supported values are: {}.", flaw.value, roles), place,
                "invalid_value"};
    }
    case body_flaw::too_small:
    case body_flaw::too_large:
        break;
    }
    return out_of_range(flaw, place);
}

refusal pydantic_words(const body_flaw &flaw) {
    const std::string place = pydantic_place(flaw);
    const auto saying = [&](const std::string &what) { return refusal{place + ": " + what, place, {}}; };
    switch (flaw.what) {
    case body_flaw::none:
        return {};
    case body_flaw::unknown_member:
        return saying("Extra inputs are not permitted");
    case body_flaw::missing:
        return saying("Field required");
    case body_flaw::wrong_type:
        return saying(fmt::format("Input should be a valid {}", pydantic_type(flaw.wanted)));
    case body_flaw::odd_role:
        return saying(fmt::format("Input tag '{}' does not match any of the expected tags", flaw.value));
    case body_flaw::too_small:
        return saying(fmt::format("Input should be greater than or equal to {}", flaw.bound));
    case body_flaw::too_large:
        break;
    }
    return saying(fmt::format("Input should be less than or equal to {}", flaw.bound));
}

} // namespace smelt::sim
