#include "lines.hpp"
#include "simulator/answers/answer_format.hpp"
#include "simulator/requests/body_rules.hpp"

#include "smelt/base/text.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

namespace smelt::sim {
namespace {

constexpr double any_more = std::numeric_limits<double>::infinity();

constexpr std::array known_settings{member_rule{"candidateCount", of_integer, 1, 8},
                                    member_rule{"stopSequences", of_list},
                                    member_rule{"maxOutputTokens", of_integer, 1, any_more},
                                    member_rule{"temperature", of_number, 0, 2},
                                    member_rule{"topP", of_number, 0, 1},
                                    member_rule{"topK", of_number, 0, any_more},
                                    member_rule{"seed", of_integer},
                                    member_rule{"presencePenalty", of_number},
                                    member_rule{"frequencyPenalty", of_number},
                                    member_rule{"responseLogprobs", of_boolean},
                                    member_rule{"logprobs", of_integer},
                                    member_rule{"thinkingConfig", of_object},
                                    member_rule{"responseMimeType", of_text},
                                    member_rule{"responseSchema", of_object},
                                    member_rule{"responseJsonSchema"},
                                    member_rule{"responseModalities", of_list},
                                    member_rule{"mediaResolution", of_text},
                                    member_rule{"speechConfig", of_object},
                                    member_rule{"imageConfig", of_object}};

constexpr std::array known_keywords{"type",    "format",    "title",     "description",      "nullable",
                                    "enum",    "maxItems",  "minItems",  "properties",       "required",
                                    "anyOf",   "minLength", "maxLength", "minProperties",    "maxProperties",
                                    "pattern", "example",   "items",     "propertyOrdering", "default",
                                    "minimum", "maximum"};

template <class List>
bool contains(const List &list, const std::string &name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

std::string read_type(const json &type, const std::string &place) {
    static constexpr std::array types{"STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"};
    if (!type.is_string())
        throw std::runtime_error{"Proto field is not repeating, cannot start list: '" + place + ".type'."};
    const std::string lower = lower_ascii(type.get<std::string>());
    const auto same = [&](std::string_view known) { return lower_ascii(known) == lower; };
    if (std::find_if(types.begin(), types.end(), same) == types.end())
        throw std::runtime_error{"Invalid value at '" + place + ".type': " + type.dump()};
    return lower;
}

/// The OpenAPI subset of responseSchema as JSON Schema. Throws for what is not in the subset.
json from_openapi(const json &schema, const std::string &place) {
    if (!schema.is_object())
        throw std::runtime_error{"Invalid value at '" + place + "': expected a schema."};
    json out = json::object();
    bool nullable = false;
    for (const auto &[name, value] : schema.items()) {
        const std::string keyword = camel_case(name);
        if (!contains(known_keywords, keyword))
            throw std::runtime_error{unknown_name(name, place)};
        if (keyword == "type") {
            out[keyword] = read_type(value, place);
        } else if (keyword == "nullable") {
            nullable = value == json(true);
        } else if (keyword == "items") {
            out[keyword] = from_openapi(value, place + ".items");
        } else if (keyword == "properties" && value.is_object()) {
            out[keyword] = json::object();
            for (const auto &[property, inner] : value.items())
                out[keyword][property] = from_openapi(inner, place + ".properties." + property);
        } else if (keyword == "anyOf" && value.is_array()) {
            out[keyword] = json::array();
            for (const auto &option : value)
                out[keyword].push_back(from_openapi(option, place + ".any_of"));
        } else if (keyword == "enum" && value.is_array()) {
            if (!std::all_of(value.begin(), value.end(), [](const json &one) { return one.is_string(); }))
                throw std::runtime_error{"Invalid value at '" + place + ".enum': expected texts."};
            out[keyword] = value;
        } else {
            // Counts are int64, which may come as texts.
            const bool count = value.is_string() && (keyword.starts_with("min") || keyword.starts_with("max"));
            out[keyword] = count ? json::parse(value.get<std::string>(), nullptr, false) : value;
        }
    }
    if (!nullable)
        return out;
    return {{"anyOf", json::array({std::move(out), json{{"type", "null"}}})}};
}

void read_config(const json &config, answer_format &out) {
    json settings = json::object();
    for (const auto &[name, value] : config.items()) {
        const std::string known = camel_case(name);
        const std::string text = value.dump();
        body_flaw flaw;
        judge_member(known_settings, known, text, flaw);
        if (flaw.what == body_flaw::unknown_member)
            throw std::runtime_error{unknown_name(name, "request.generation_config")};
        if (flaw.what != body_flaw::none)
            throw std::runtime_error{"Invalid value at 'request.generation_config." + known + "': " + text};
        settings[known] = value;
    }
    const json openapi = settings.value("responseSchema", json());
    const json plain = settings.value("responseJsonSchema", json());
    const bool asks_json = settings.value("responseMimeType", json()) == json("application/json");
    if (!openapi.is_null() && !plain.is_null())
        throw std::runtime_error{"Only one of response_schema and response_json_schema may be set."};
    if (!asks_json && !(openapi.is_null() && plain.is_null()))
        throw std::runtime_error{"response_schema requires response_mime_type to be application/json."};
    out.is_json = asks_json;
    if (!openapi.is_null())
        out.schema.emplace(from_openapi(openapi, "request.generation_config.response_schema"));
    else if (!plain.is_null())
        out.schema.emplace(plain);
}

} // namespace

answer_format read_gemini_format(std::string_view raw) {
    answer_format out;
    if (raw.empty() || raw == "null")
        return out;
    const json config = json::parse(raw, nullptr, false);
    try {
        if (!config.is_object())
            throw std::runtime_error{"Invalid value at 'request.generation_config'."};
        read_config(config, out);
    } catch (const std::exception &e) {
        out.error = e.what();
    }
    return out;
}

} // namespace smelt::sim
