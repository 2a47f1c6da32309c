#include "smelt/extraction/strict_schema.hpp"

#include "json_tree.hpp"
#include "schema.hpp"
#include "schema_source.hpp"
#include "strict_adapter.hpp"

#include "smelt/core/error.hpp"

#include <algorithm>

namespace smelt::extraction {
namespace {

struct refusal {
    const char *keyword;
    const char *reason;
    const char *hint;
};

/// Keywords that shape the answer, so leaving them out would ask the model for something else.
constexpr refusal refused[] = {
    {"allOf", "strict structured outputs know no allOf", "merge its parts into one schema"},
    {"not", "strict structured outputs know no not", "use enum, or a rule in SQL"},
    {"if", "strict structured outputs know no if/then/else", "use anyOf, or a rule in SQL"},
    {"dependencies", "strict structured outputs know no dependencies", "use anyOf, or a rule in SQL"},
    {"patternProperties", "strict structured outputs know only named properties",
     "use an array of {name, value} objects"},
};

bool has_type(const json &schema, const char *name) {
    const auto type = schema.find("type");
    if (type == schema.end())
        return false;
    return *type == name || (type->is_array() && std::find(type->begin(), type->end(), json(name)) != type->end());
}

const char *type_name(const json &value) {
    if (value.is_number_integer())
        return "integer";
    return value.is_number() ? "number" : value.type_name();
}

/// Strict schemas need a type; values that are written out say which.
json types_of_values(const json &source) {
    json types = json::array();
    const json values = source.contains("enum") ? source["enum"] : json::array({source["const"]});
    for (const json &value : values)
        if (std::find(types.begin(), types.end(), json(type_name(value))) == types.end())
            types.push_back(type_name(value));
    return types.size() == 1 ? types[0] : types;
}

void refuse_structure(const json &source, const std::string &pointer) {
    if (source.is_boolean())
        refuse_schema(pointer, "strict structured outputs need a schema with a type here, not " + source.dump());
    for (const refusal &r : refused)
        if (source.contains(r.keyword))
            refuse_schema(pointer + '/' + r.keyword, r.reason, r.hint);
    if (source.contains("anyOf") && source.contains("oneOf"))
        refuse_schema(pointer + "/oneOf", "strict structured outputs know no oneOf, and there is an anyOf beside it");
}

/// Adds the type that strict schemas need everywhere, and refuses what is too open for them.
void complete(json &made, const std::string &pointer) {
    const bool values = made.contains("enum") || made.contains("const");
    if (!made.contains("type") && values)
        made["type"] = types_of_values(made);
    else if (!made.contains("type") && made.contains("properties"))
        made["type"] = "object";
    else if (!made.contains("type") && made.contains("items"))
        made["type"] = "array";
    if (!made.contains("type") && !made.contains("anyOf"))
        refuse_schema(pointer, "strict structured outputs need a type here");
    if (has_type(made, "array") && !made.contains("items") && !values)
        refuse_schema(pointer, "strict structured outputs need \"items\" for an array");
    if (has_type(made, "object") && !made.contains("properties") && !values)
        refuse_schema(pointer, "strict structured outputs need the properties of an object listed",
                      "list them, or use an array of {name, value} objects");
}

} // namespace

/// Length limits, uniqueItems and the like are left out and checked on return.
bool strict_keeps(std::string_view keyword) {
    for (const std::string_view kept :
         {"type", "enum", "const", "title", "description", "pattern", "format", "minimum", "maximum",
          "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems"})
        if (keyword == kept)
            return true;
    return false;
}

json strict_adapter::run() {
    const json &root = target(document_);
    for (const char *keyword : {"anyOf", "oneOf"})
        if (root.is_object() && root.contains(keyword))
            refuse_schema(std::string{"/"} + keyword,
                          "the root of strict structured outputs is an object, not alternatives",
                          "put the alternatives into a property");
    if (!root.is_object() || (root.contains("type") ? root["type"] != "object" : !root.contains("properties")))
        refuse_schema("", "the root of strict structured outputs has \"type\": \"object\"",
                      "put the value into a property");
    json made = schema(root, document_.contains("$ref") ? document_["$ref"].get<std::string>().substr(1) : "");
    definitions(made);
    return made;
}

const json &strict_adapter::target(const json &source) const {
    if (!source.is_object() || !source.contains("$ref"))
        return source;
    return target(*resolve_reference(document_, source["$ref"].get<std::string>(), "").schema);
}

json strict_adapter::schema(const json &source, const std::string &pointer) {
    const bool wrapped = source.is_object() && source.contains("allOf") && source["allOf"].size() == 1 &&
                         !source.contains("type") && !source.contains("properties") && !source.contains("enum") &&
                         !source.contains("anyOf") && !source.contains("oneOf");
    if (wrapped) // how some generators attach a description to a reference
        return schema(source["allOf"][0], pointer + "/allOf/0");
    refuse_structure(source, pointer);
    if (source.contains("$ref")) // nothing may stand beside it, not even a description
        return {{"$ref", reference(source["$ref"].get<std::string>(), pointer + "/$ref")}};
    json made = json::object();
    for (const auto &[name, value] : source.items()) {
        if (rules_.keeps(name))
            made[name] = value;
        else if (name == "anyOf" || name == "oneOf")
            alternatives(made, source, pointer, name.c_str());
        else if (name == "items")
            array(made, source, pointer);
        else if (name == "properties")
            object_parts(made, source, pointer);
    }
    complete(made, pointer);
    return made;
}

void strict_adapter::array(json &made, const json &source, const std::string &pointer) {
    if (source["items"].is_array())
        refuse_schema(pointer + "/items", "strict structured outputs know one schema for all items, not a list",
                      "use an object with a property for each");
    made["items"] = schema(source["items"], pointer + "/items");
}

void strict_adapter::object_parts(json &made, const json &source, const std::string &pointer) {
    const auto additional = source.find("additionalProperties");
    if (additional != source.end() && additional->is_object() && !additional->empty())
        refuse_schema(pointer + "/additionalProperties", "strict structured outputs know only named properties",
                      "use an array of {name, value} objects");
    const json required = source.value("required", json::array());
    json properties = json::object();
    json names = json::array();
    for (const auto &[name, value] : source["properties"].items()) {
        json part = schema(value, pointer + "/properties/" + pointer_token(name));
        const bool optional = std::find(required.begin(), required.end(), json(name)) == required.end();
        if (optional && rules_.optional_as_null && !allows_null(value)) {
            part = nullable(std::move(part));
            added_nulls_ = true;
        }
        properties[name] = std::move(part);
        if (!optional || rules_.optional_as_null)
            names.push_back(name);
    }
    for (const json &name : required)
        if (!properties.contains(name.get<std::string>()))
            refuse_schema(pointer + "/required", "the property " + name.dump() + " is required but not described");
    made["properties"] = std::move(properties);
    made["required"] = std::move(names);
    made["additionalProperties"] = false;
}

void strict_adapter::alternatives(json &made, const json &source, const std::string &pointer, const char *keyword) {
    // Weaker than oneOf; that exactly one fits is checked on return.
    json branches = json::array();
    for (std::size_t i = 0; i < source[keyword].size(); ++i)
        branches.push_back(schema(source[keyword][i], pointer + '/' + keyword + '/' + std::to_string(i)));
    made["anyOf"] = std::move(branches);
}

std::string strict_adapter::reference(const std::string &text, const std::string &pointer) const {
    for (const std::string_view prefix : {"#/$defs/", "#/definitions/"})
        if (text.rfind(prefix, 0) == 0 && text.find('/', prefix.size()) == std::string::npos)
            return "#/$defs/" + text.substr(prefix.size());
    if (text == "#")
        return text;
    refuse_schema(pointer, "strict structured outputs follow only references to # and #/$defs/NAME, not " + text);
}

void strict_adapter::definitions(json &made) {
    json all = json::object();
    for (const char *keyword : {"definitions", "$defs"}) {
        if (!document_.contains(keyword))
            continue;
        for (const auto &[name, value] : document_[keyword].items()) {
            const std::string at = std::string{"/"} + keyword + '/' + pointer_token(name);
            if (all.contains(name))
                refuse_schema(at, "the name " + name + " is defined in definitions and in $defs");
            all[name] = schema(value, at);
        }
    }
    if (!all.empty())
        made["$defs"] = std::move(all);
}

bool strict_adapter::allows_null(const json &source) const {
    const json &at = target(source);
    if (at.is_boolean())
        return at.get<bool>();
    const json null;
    if (at.contains("type") && !has_type(at, "null"))
        return false;
    if (at.contains("enum") && std::find(at["enum"].begin(), at["enum"].end(), null) == at["enum"].end())
        return false;
    if (at.contains("const") && at["const"] != null)
        return false;
    const auto some = [&](const char *keyword) {
        return !at.contains(keyword) || std::any_of(at[keyword].begin(), at[keyword].end(),
                                                    [&](const json &branch) { return allows_null(branch); });
    };
    return some("anyOf") && some("oneOf") && some("allOf");
}

json strict_adapter::nullable(json made) const {
    if (made.contains("anyOf") && !made.contains("type")) {
        made["anyOf"].push_back({{"type", "null"}});
        return made;
    }
    if (!made.contains("type") || made.contains("const") || made.contains("anyOf"))
        return {{"anyOf", json::array({std::move(made), {{"type", "null"}}})}};
    if (made["type"].is_string())
        made["type"] = json::array({made["type"]});
    if (!has_type(made, "null"))
        made["type"].push_back("null");
    if (made.contains("enum"))
        made["enum"].push_back(nullptr);
    return made;
}

json strict_schema(const json &schema) {
    const json_schema well_formed{schema, false};
    auto made = strict_adapter{schema}.run();
    check_strict_limits(made);
    return made;
}

bool strict_adds_nulls(const json &schema) {
    try {
        const json_schema well_formed{schema, false};
        strict_adapter adapter{schema};
        check_strict_limits(adapter.run());
        return adapter.added_nulls();
    } catch (const usage_error &) {
        return false; // it is never sent as a strict schema
    }
}

} // namespace smelt::extraction
