#include "smelt/json_schema/source.hpp"

#include <algorithm>
#include <utility>

namespace smelt::json_schema {
namespace {

bool is_list_of_schemas(const json &value) {
    return value.is_array() &&
           std::all_of(value.begin(), value.end(), [](const json &s) { return s.is_object() || s.is_boolean(); });
}

void tuple(json &schema) {
    const auto first = schema.find("prefixItems");
    if (first == schema.end() || !is_list_of_schemas(*first) || schema.contains("additionalItems") ||
        (schema.contains("items") && schema["items"].is_array()))
        return;
    if (schema.contains("items"))
        rename_keyword(schema, "items", "additionalItems");
    rename_keyword(schema, "prefixItems", "items");
}

void dependencies(json &schema) {
    if (schema.contains("dependencies"))
        return;
    json all = json::object();
    for (const char *keyword : {"dependentRequired", "dependentSchemas"}) {
        const auto found = schema.find(keyword);
        if (found == schema.end())
            continue;
        if (!found->is_object())
            return;
        for (const auto &[name, value] : found->items()) {
            if (all.contains(name))
                return;
            all[name] = value;
        }
    }
    if (all.empty())
        return;
    schema.erase("dependentRequired");
    schema.erase("dependentSchemas");
    schema["dependencies"] = std::move(all);
}

/// Only where no other keyword could have evaluated a property or item.
void unevaluated(json &schema) {
    for (const char *applicator : {"$ref", "allOf", "anyOf", "oneOf", "if", "dependencies", "dependentSchemas"})
        if (schema.contains(applicator))
            return;
    const auto say = [&schema](const char *from, const char *to, bool without_meaning) {
        if (!schema.contains(from) || !(schema[from].is_boolean() || schema[from].is_object()))
            return;
        if (without_meaning)
            schema.erase(from);
        else
            rename_keyword(schema, from, to);
    };
    say("unevaluatedProperties", "additionalProperties", schema.contains("additionalProperties"));
    const bool is_tuple = schema.contains("items") && schema["items"].is_array();
    if (schema.contains("items"))
        say("unevaluatedItems", "additionalItems", !is_tuple || schema.contains("additionalItems"));
}

void nullable(json &schema) {
    const auto found = schema.find("nullable");
    if (found == schema.end() || !found->is_boolean())
        return;
    const bool allowed = found->get<bool>();
    schema.erase("nullable");
    if (!allowed)
        return;
    const json null;
    if (schema.contains("enum") && schema["enum"].is_array() &&
        std::find(schema["enum"].begin(), schema["enum"].end(), null) == schema["enum"].end())
        schema["enum"].push_back(null);
    if (schema.contains("type")) {
        json types = schema["type"].is_array() ? schema["type"] : json::array({schema["type"]});
        if (std::find(types.begin(), types.end(), json("null")) == types.end())
            types.push_back("null");
        schema["type"] = std::move(types);
        return;
    }
    if (schema.contains("enum"))
        return;
    json rest = std::exchange(schema, json::object());
    for (const char *note : {"title", "description", "definitions", "$defs"})
        if (rest.contains(note)) {
            schema[note] = rest[note];
            rest.erase(note);
        }
    schema["anyOf"] = json::array({std::move(rest), {{"type", "null"}}});
}

void convert(json &schema, std::size_t level) {
    if (level > most_schema_levels || !schema.is_object())
        return;
    tuple(schema);
    dependencies(schema);
    unevaluated(schema);
    nullable(schema);
    each_subschema(schema, [level](json &inner) { convert(inner, level + 1); });
}

} // namespace

void rename_keyword(json &schema, const char *from, const char *to) {
    json value = std::move(schema[from]);
    schema.erase(from);
    schema[to] = std::move(value);
}

json in_draft_7(const json &document) {
    json converted = document;
    convert(converted, 0);
    return converted;
}

} // namespace smelt::json_schema
