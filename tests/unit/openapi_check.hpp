#pragma once

#include "smelt/base/json.hpp"

#include <fstream>
#include <string>

/// Checks values against component schemas of an OpenAPI document: the keywords that tests/data/openai-batch.json uses.
/// One known gap of that document is granted: an optional member may be null although its schema does not say so.
class openapi_check {
  public:
    explicit openapi_check(const std::string &file) : document_(smelt::json::parse(std::ifstream{file})) {}

    /// What is wrong with the value, with its place; empty: nothing.
    [[nodiscard]] std::string problem(const std::string &component, const smelt::json &value) const {
        return check(document_.at("components").at("schemas").at(component), value, component);
    }

  private:
    using json = smelt::json;

    [[nodiscard]] std::string check(const json &schema, const json &value, const std::string &at) const {
        if (schema.contains("$ref"))
            return check(document_.at(json::json_pointer{schema["$ref"].get<std::string>().substr(1)}), value, at);
        if (schema.contains("type") && !has_type(value, schema["type"]))
            return at + ": not of type " + schema["type"].dump() + " but " + value.dump();
        if (schema.contains("enum") &&
            std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
            return at + ": " + value.dump() + " is not one of " + schema["enum"].dump();
        for (const auto &part : schema.value("allOf", json::array()))
            if (auto found = check(part, value, at); !found.empty())
                return found;
        for (const char *word : {"anyOf", "oneOf"})
            if (schema.contains(word))
                if (auto found = any(schema[word], value, at); !found.empty())
                    return found;
        if (value.is_object())
            return members(schema, value, at);
        if (value.is_array() && schema.contains("items"))
            for (const auto &item : value)
                if (auto found = check(schema["items"], item, at + "[]"); !found.empty())
                    return found;
        return {};
    }

    [[nodiscard]] std::string any(const json &options, const json &value, const std::string &at) const {
        std::string found;
        for (const auto &option : options) {
            found = check(option, value, at);
            if (found.empty())
                return {};
        }
        return found;
    }

    [[nodiscard]] std::string members(const json &schema, const json &value, const std::string &at) const {
        const json required = schema.value("required", json::array());
        for (const auto &name : required)
            if (!value.contains(name.get<std::string>()))
                return at + ": lacks " + name.dump();
        const json properties = schema.value("properties", json::object());
        for (const auto &[name, member] : value.items()) {
            const bool optional = std::find(required.begin(), required.end(), json(name)) == required.end();
            if (optional && member.is_null())
                continue;
            std::string found;
            if (properties.contains(name))
                found = check(properties[name], member, at + "." + name);
            else if (schema.contains("additionalProperties") && schema["additionalProperties"].is_object())
                found = check(schema["additionalProperties"], member, at + "." + name);
            if (!found.empty())
                return found;
        }
        return {};
    }

    static bool has_type(const json &value, const std::string &type) {
        return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
               (type == "string" && value.is_string()) || (type == "integer" && value.is_number_integer()) ||
               (type == "number" && value.is_number()) || (type == "boolean" && value.is_boolean()) ||
               (type == "null" && value.is_null());
    }

    json document_;
};
