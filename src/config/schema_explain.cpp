#include "schema_check.hpp"

#include "smelt/base/text.hpp"
#include "smelt/config/suggest.hpp"

#include <algorithm>
#include <regex>

namespace smelt::config {
namespace {

using found = std::optional<violation>;

std::string type_name(const json &value) {
    if (value.is_null())
        return "nothing";
    if (value.is_boolean())
        return "true or false";
    if (value.is_number())
        return "a number";
    if (value.is_string())
        return "text";
    return value.is_array() ? "a list" : "a mapping";
}

std::string wanted_name(const std::string &type) {
    static const std::map<std::string, std::string> names{
        {"object", "a mapping (key: value)"}, {"array", "a list"},    {"string", "text"},
        {"integer", "a whole number"},        {"number", "a number"}, {"boolean", "true or false"}};
    const auto name = names.find(type);
    return name == names.end() ? type : name->second;
}

bool has_type(const json &value, const std::string &type) {
    if (type == "object")
        return value.is_object();
    if (type == "array")
        return value.is_array();
    if (type == "string")
        return value.is_string();
    if (type == "boolean")
        return value.is_boolean();
    if (type == "number")
        return value.is_number();
    return value.is_number_integer();
}

bool matches(const std::string &text, const json &pattern) {
    return std::regex_search(text, std::regex{pattern.get<std::string>()});
}

/// Keys of an object, or the texts of a list.
std::vector<std::string> names_in(const json &value) {
    std::vector<std::string> names;
    for (const auto &[key, element] : value.items())
        names.push_back(value.is_object() ? key : element.get<std::string>());
    return names;
}

class explainer {
  public:
    explicit explainer(const json &root) : root_{root} {}

    found check(json schema, const json &value, const std::string &at) const {
        while (schema.contains("$ref"))
            schema = root_.at(json::json_pointer{schema.at("$ref").get<std::string>().substr(1)});
        if (schema.contains("type") && !has_type(value, schema["type"].get<std::string>()))
            return wrong_type(schema, value, at);
        if (schema.contains("enum"))
            if (auto problem = in_enum(schema["enum"], value, at))
                return problem;
        if (schema.contains("anyOf"))
            if (auto problem = any_of(schema, value, at))
                return problem;
        if (value.is_object())
            return object(schema, value, at);
        if (value.is_array())
            return array(schema, value, at);
        return value.is_string() ? text(schema, value, at) : number(schema, value, at);
    }

  private:
    static found wrong_type(const json &schema, const json &value, const std::string &at) {
        const auto type = schema["type"].get<std::string>();
        const auto wanted = schema.value("title", wanted_name(type));
        std::string hint;
        if (value.is_string() && has_reference(value.get_ref<const std::string &>()) && keeps_references(at))
            hint = "inside a task ${VAR} works only in model and params";
        else if (wanted.find("duration") != std::string::npos && value.is_number())
            hint = "say the unit: 5s, 5m or 2h";
        else if (type == "string" && value.is_primitive() && !value.is_null())
            hint = "put it into quotes";
        else if (type == "boolean" && value.is_string())
            hint = "write true or false";
        return violation{at, "must be " + wanted + ", not " + type_name(value), hint};
    }

    static found in_enum(const json &allowed, const json &value, const std::string &at) {
        if (std::find(allowed.begin(), allowed.end(), value) != allowed.end())
            return {};
        const auto names = names_in(allowed);
        std::string list;
        for (const auto &name : names)
            list += (list.empty() ? "" : ", ") + name;
        const auto word = value.is_string() ? value.get<std::string>() : value.dump();
        return violation{at, "\"" + std::string{clip_utf8(word, 80)} + "\" is not one of: " + list,
                         nearest(word, names).empty() ? "" : did_you_mean(word, names)};
    }

    /// The alternative of the value's own type explains best; the title names them all.
    found any_of(const json &schema, const json &value, const std::string &at) const {
        found best;
        for (const auto &alternative : schema["anyOf"]) {
            auto problem = check(alternative, value, at);
            if (!problem)
                return {};
            if (problem->pointer.size() > at.size())
                best = problem;
        }
        return best ? best : violation{at, "must be " + schema.value("title", "something else"), ""};
    }

    found object(const json &schema, const json &value, const std::string &at) const {
        if (auto problem = known_keys(schema, value, at))
            return problem;
        if (auto problem = one_of(schema, value, at))
            return problem;
        for (const auto &key : schema.value("required", json::array()))
            if (!value.contains(key.get<std::string>()))
                return violation{at, "the key \"" + key.get<std::string>() + "\" is missing", ""};
        if (value.size() < schema.value("minProperties", std::size_t{0}))
            return violation{at, "must not be empty", ""};
        for (const auto &[key, element] : value.items())
            if (auto problem = member(schema, key, element, at))
                return problem;
        return {};
    }

    static bool is_free(const json &schema, const std::string &key) {
        const auto patterns = schema.value("patternProperties", json::object());
        for (const auto &[pattern, unused] : patterns.items())
            if (matches(key, pattern))
                return true;
        return false;
    }

    static found known_keys(const json &schema, const json &value, const std::string &at) {
        if (!schema.contains("additionalProperties") || schema["additionalProperties"] != false)
            return {};
        for (const auto &[key, unused] : value.items()) {
            if (schema["properties"].contains(key) || is_free(schema, key))
                continue;
            return violation{join(at, key), "unknown key", did_you_mean(key, names_in(schema["properties"]))};
        }
        return {};
    }

    /// Our schema uses oneOf only for "exactly one of these keys".
    static found one_of(const json &schema, const json &value, const std::string &at) {
        std::string list;
        std::size_t there = 0;
        for (const auto &alternative : schema.value("oneOf", json::array())) {
            const auto key = alternative.at("required").at(0).get<std::string>();
            list += (list.empty() ? "" : ", ") + key;
            there += value.contains(key) ? 1U : 0U;
        }
        if (list.empty() || there == 1)
            return {};
        return violation{at, "needs exactly one of: " + list, there ? "remove the others" : ""};
    }

    found member(const json &schema, const std::string &key, const json &value, const std::string &at) const {
        const auto place = join(at, key);
        if (schema.contains("propertyNames")) {
            if (auto problem = check(schema["propertyNames"], json(key), place)) {
                problem->message = "the name " + problem->message;
                return problem;
            }
        }
        if (schema.contains("properties") && schema["properties"].contains(key))
            return check(schema["properties"][key], value, place);
        if (schema.contains("additionalProperties") && schema["additionalProperties"].is_object())
            return check(schema["additionalProperties"], value, place);
        return {};
    }

    found array(const json &schema, const json &value, const std::string &at) const {
        if (value.size() < schema.value("minItems", std::size_t{0}))
            return violation{at, "must not be empty", ""};
        for (std::size_t i = 0; schema.contains("items") && i < value.size(); ++i)
            if (auto problem = check(schema["items"], value[i], join(at, std::to_string(i))))
                return problem;
        return {};
    }

    static found text(const json &schema, const json &value, const std::string &at) {
        const auto &word = value.get_ref<const std::string &>();
        const bool empty = word.size() < schema.value("minLength", std::size_t{0});
        if (!empty && (!schema.contains("pattern") || matches(word, schema["pattern"])))
            return {};
        return violation{at, "must be " + schema.value("title", "text that is not empty"), ""};
    }

    static found number(const json &schema, const json &value, const std::string &at) {
        const auto limit = [&](const char *keyword) { return schema.at(keyword).dump(); };
        if (schema.contains("minimum") && value < schema["minimum"])
            return violation{at, "must be at least " + limit("minimum"), ""};
        if (schema.contains("exclusiveMinimum") && value <= schema["exclusiveMinimum"])
            return violation{at, "must be more than " + limit("exclusiveMinimum"), ""};
        if (schema.contains("maximum") && value > schema["maximum"])
            return violation{at, "must be at most " + limit("maximum"), ""};
        return {};
    }

    const json &root_;
};

} // namespace

std::optional<violation> explain(const json &schema, const json &value) {
    return explainer{schema}.check(schema, value, "");
}

} // namespace smelt::config
