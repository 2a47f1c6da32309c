#include "smelt/extraction/strict_schema.hpp"

#include "strict_adapter.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json/pointer.hpp"
#include "smelt/json/tree.hpp"
#include "smelt/json_schema/evaluator.hpp"
#include "smelt/json_schema/source.hpp"

#include <algorithm>
#include <optional>

namespace smelt::extraction {

using namespace json_text;
using namespace json_schema;
namespace {

struct refused_keyword {
    const char *keyword;
    const char *hint;
};

/// Keywords that shape the answer, so leaving them out would ask the model for something else.
constexpr refused_keyword refused[] = {
    {"not", "use enum, or a rule in SQL"},
    {"if", "use anyOf, or a rule in SQL"},
    {"dependencies", "use anyOf, or a rule in SQL"},
    {"patternProperties", "use an array of {name, value} objects"},
};

/// References that refer to references double at each step.
constexpr std::size_t most_written = 10'000;

constexpr const char *as_list_of_pairs = "list them, or use an array of {name, value} objects";

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

/// References that stay references: to the document itself and to its definitions. Empty: none of these.
std::string short_reference(const std::string &text) {
    for (const std::string_view prefix : {"#/$defs/", "#/definitions/"})
        if (text.starts_with(prefix) && text.find('/', prefix.size()) == std::string::npos)
            return "#/$defs/" + text.substr(prefix.size());
    return text == "#" ? text : std::string{};
}

/// What a reader of the schema is told beside a reference.
json notes_of(const json &source) {
    json notes = json::object();
    for (const char *note : {"title", "description"})
        if (source.contains(note))
            notes[note] = source[note];
    return notes;
}

/// {"allOf": [{"$ref": ...}], "description": ...}: how some generators attach notes to a reference.
std::optional<json> as_reference(const json &source) {
    if (source["allOf"].size() != 1 || !source["allOf"][0].contains("$ref"))
        return std::nullopt;
    json same = source["allOf"][0];
    for (const auto &[name, value] : source.items())
        if (name == "title" || (name == "description" && !same.contains(name)))
            same[name] = value;
        else if (name == "description" && value.is_string() && same[name].is_string())
            same[name] = joined_notes(value.get<std::string>(), same[name].get<std::string>());
        else if (name != "allOf" && name != "default" && name != "description" && name != "examples")
            return std::nullopt;
    return same;
}

/// Length limits, uniqueItems and the like are left out and checked on return.
bool strict_keeps(std::string_view keyword) {
    for (const std::string_view kept :
         {"type", "enum", "const", "title", "description", "pattern", "format", "minimum", "maximum",
          "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems"})
        if (keyword == kept)
            return true;
    return false;
}

} // namespace

adapter_rules strict_rules() {
    return {.service = "OpenAI's strict structured outputs",
            .keeps = strict_keeps,
            .optional_as_null = true,
            .object_root = true,
            .open = false};
}

bool is_plain_pattern(std::string_view pattern) {
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        const char next = at + 1 < pattern.size() ? pattern[at + 1] : '\0';
        if (pattern[at] == '(' && next == '?' && (at + 2 >= pattern.size() || pattern[at + 2] != ':'))
            return false;
        if (pattern[at] == '\\' && (next == 'k' || next == 'p' || next == 'P' || (next >= '1' && next <= '9')))
            return false;
        at += pattern[at] == '\\' ? 1 : 0;
    }
    return true;
}

strict_adapter::strict_adapter(const json &document, adapter_rules rules)
    : document_(in_draft_7(document)), rules_{std::move(rules)} {} // braces would make an array of it

void strict_adapter::refuse(const std::string &pointer, const std::string &knows, std::string hint) const {
    refuse_schema(pointer, rules_.service + " " + knows, std::move(hint));
}

json strict_adapter::run() {
    if (rules_.object_root)
        require_object_root();
    json made = document_.contains("$ref") ? of_parts(document_, "") : schema(document_, "");
    definitions(made);
    return made;
}

void strict_adapter::require_object_root() const {
    const json &root = target(document_);
    for (const char *keyword : {"anyOf", "oneOf"})
        if (root.is_object() && root.contains(keyword))
            refuse(std::string{"/"} + keyword, "have an object at the root, not alternatives",
                   "put the alternatives into a property");
    if (!root.is_object() ||
        (root.contains("type") ? root["type"] != "object" : !root.contains("properties") && !root.contains("allOf")))
        refuse("", "have \"type\": \"object\" at the root", "put the value into a property");
}

const json &strict_adapter::target(const json &source) const {
    if (!source.is_object() || !source.contains("$ref"))
        return source;
    return target(*resolve_reference(document_, source["$ref"].get<std::string>(), "").schema);
}

json strict_adapter::schema(const json &source, const std::string &pointer) {
    if (!source.is_object())
        return own(source, pointer);
    if (source.contains("$ref"))
        return referred(source, pointer);
    if (!source.contains("allOf"))
        return own(source, pointer);
    if (const auto same = as_reference(source))
        return referred(*same, pointer);
    return of_parts(source, pointer);
}

/// Where nothing stands beside it a reference stays one; elsewhere what it names is written out, or, in a circle, it
/// becomes the only alternative of the schema that holds the notes.
json strict_adapter::referred(const json &source, const std::string &pointer) {
    const auto name = short_reference(source["$ref"].get<std::string>());
    json notes = notes_of(source);
    if (notes.empty() && !name.empty())
        return {{"$ref", name}};
    const auto &written = source["$ref"].get_ref<const std::string &>();
    if (std::find(open_.begin(), open_.end(), written) == open_.end())
        return of_parts(source, pointer);
    if (name.empty())
        refuse(pointer + "/$ref",
               "follow a reference that leads back to itself only to # and #/$defs/NAME, not to " + written);
    notes["anyOf"] = json::array({{{"$ref", name}}});
    return notes;
}

json strict_adapter::of_parts(const json &source, const std::string &pointer) {
    std::vector<std::string> names;
    const auto whole = without_all_of(document_, source, open_, names);
    if (!whole)
        refuse(pointer + (source.contains("allOf") ? "/allOf" : "/$ref"),
               "know no allOf, and its parts are not one schema", "merge its parts into one schema");
    return with_references_open(*whole, pointer, names);
}

json strict_adapter::with_references_open(const json &source, const std::string &pointer,
                                          const std::vector<std::string> &names) {
    const auto before = open_.size();
    open_.insert(open_.end(), names.begin(), names.end());
    json made = own(source, pointer);
    open_.resize(before);
    return made;
}

void strict_adapter::refuse_structure(const json &source, const std::string &pointer) const {
    if (source.is_boolean())
        refuse(pointer, "need a schema with a type here, not " + source.dump());
    for (const refused_keyword &r : refused)
        if (source.contains(r.keyword))
            refuse(pointer + '/' + r.keyword, std::string{"know no "} + r.keyword, r.hint);
    if (source.contains("anyOf") && source.contains("oneOf"))
        refuse(pointer + "/oneOf", "know no oneOf, and there is an anyOf beside it");
}

/// A schema without reference and allOf.
json strict_adapter::own(const json &source, const std::string &pointer) {
    if (rules_.open && source == true)
        return json::object();
    refuse_structure(source, pointer);
    if (++written_ > most_written)
        refuse_schema(pointer, "the schema grows too large when its references are written out");
    json made = object_with_room(source.size() + 3);
    for (const auto &[name, value] : source.items()) {
        if (name == "pattern" && !is_plain_pattern(value.get_ref<const std::string &>()))
            continue;
        if (rules_.keeps(name))
            made[name] = value;
        else if (name == "anyOf" || name == "oneOf")
            alternatives(made, source, pointer, name.c_str());
        else if (name == "items")
            array(made, source, pointer);
        else if (name == "properties")
            object_parts(made, source, pointer);
    }
    any_names(made, source, pointer);
    complete(made, pointer);
    return made;
}

/// Adds the type that services need everywhere, and refuses what is too open for them.
void strict_adapter::complete(json &made, const std::string &pointer) const {
    const bool values = made.contains("enum") || made.contains("const");
    if (!made.contains("type") && values)
        made["type"] = types_of_values(made);
    else if (!made.contains("type") && made.contains("properties"))
        made["type"] = "object";
    else if (!made.contains("type") && (made.contains("items") || made.contains("prefixItems")))
        made["type"] = "array";
    if (rules_.open)
        return;
    if (!made.contains("type") && !made.contains("anyOf"))
        refuse(pointer, "need a type here", "say which types may stand here, like \"type\": [\"string\", \"number\"]");
    if (has_type(made, "array") && !made.contains("items") && !values)
        refuse(pointer, "need \"items\" for an array");
    if (has_type(made, "object") && !made.contains("properties") && !values)
        refuse(pointer, "need the properties of an object listed", as_list_of_pairs);
}

void strict_adapter::array(json &made, const json &source, const std::string &pointer) {
    if (!source["items"].is_array()) {
        made["items"] = schema(source["items"], pointer + "/items");
        return;
    }
    if (!rules_.open)
        refuse(pointer + "/items", "know one schema for all items, not a list",
               "use an object with a property for each");
    json parts = json::array();
    for (std::size_t i = 0; i < source["items"].size(); ++i)
        parts.push_back(schema(source["items"][i], pointer + "/items/" + std::to_string(i)));
    made["prefixItems"] = std::move(parts);
    if (source.contains("additionalItems") && source["additionalItems"].is_object())
        made["items"] = schema(source["additionalItems"], pointer + "/additionalItems");
}

/// Objects whose names are not known beforehand.
void strict_adapter::any_names(json &made, const json &source, const std::string &pointer) {
    const auto additional = source.find("additionalProperties");
    if (additional == source.end() || !additional->is_object() || additional->empty())
        return;
    const std::string at = pointer + "/additionalProperties";
    if (!rules_.open)
        refuse(at, "know only named properties", "use an array of {name, value} objects");
    made["additionalProperties"] = schema(*additional, at);
}

void strict_adapter::object_parts(json &made, const json &source, const std::string &pointer) {
    const json required = source.value("required", json::array());
    json properties = object_with_room(source["properties"].size());
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

void strict_adapter::definitions(json &made) {
    json all = json::object();
    for (const char *keyword : {"definitions", "$defs"}) {
        if (!document_.contains(keyword))
            continue;
        for (const auto &[name, value] : document_[keyword].items()) {
            const std::string at = std::string{"/"} + keyword + '/' + pointer_token(name);
            if (all.contains(name))
                refuse_schema(at, "the name " + name + " is defined in definitions and in $defs");
            open_ = {"#/" + std::string{keyword} + '/' + pointer_token(name)};
            all[name] = schema(value, at);
            open_.clear();
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
    const auto parts = at.value("allOf", json::array());
    return some("anyOf") && some("oneOf") &&
           std::all_of(parts.begin(), parts.end(), [&](const json &part) { return allows_null(part); });
}

json strict_adapter::nullable(json made) {
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
    const json_schema::evaluator well_formed{schema, false};
    auto made = strict_adapter{schema, strict_rules()}.run();
    check_strict_limits(made);
    return made;
}

bool strict_adds_nulls(const json &schema) {
    try {
        const json_schema::evaluator well_formed{schema, false};
        strict_adapter adapter{schema, strict_rules()};
        check_strict_limits(adapter.run());
        return adapter.added_nulls();
    } catch (const usage_error &) {
        return false; // it is never sent as a strict schema
    }
}

} // namespace smelt::extraction
