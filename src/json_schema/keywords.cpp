#include "smelt/base/error.hpp"
#include "smelt/json/pointer.hpp"
#include "smelt/json/tree.hpp"
#include "smelt/json_schema/source.hpp"

#include <algorithm>
#include <array>

namespace smelt::json_schema {

using namespace json_text;
namespace {

enum class shape {
    schema,
    schemas,
    schema_map,
    dependency_map,
    items,
    number,
    divisor,
    size,
    string,
    strings,
    flag,
    values,
    types,
    any
};

struct keyword {
    std::string_view name;
    shape value;
};

constexpr std::array<keyword, 50> known{{
    {"type", shape::types},
    {"enum", shape::values},
    {"const", shape::any},
    {"multipleOf", shape::divisor},
    {"maximum", shape::number},
    {"exclusiveMaximum", shape::number},
    {"minimum", shape::number},
    {"exclusiveMinimum", shape::number},
    {"maxLength", shape::size},
    {"minLength", shape::size},
    {"pattern", shape::string},
    {"format", shape::string},
    {"items", shape::items},
    {"additionalItems", shape::schema},
    {"maxItems", shape::size},
    {"minItems", shape::size},
    {"uniqueItems", shape::flag},
    {"contains", shape::schema},
    {"maxProperties", shape::size},
    {"minProperties", shape::size},
    {"required", shape::strings},
    {"properties", shape::schema_map},
    {"patternProperties", shape::schema_map},
    {"additionalProperties", shape::schema},
    {"dependencies", shape::dependency_map},
    {"propertyNames", shape::schema},
    {"if", shape::schema},
    {"then", shape::schema},
    {"else", shape::schema},
    {"allOf", shape::schemas},
    {"anyOf", shape::schemas},
    {"oneOf", shape::schemas},
    {"not", shape::schema},
    {"definitions", shape::schema_map},
    {"$defs", shape::schema_map},
    {"$ref", shape::string},
    {"$schema", shape::string},
    {"$id", shape::string},
    // Notes for readers; they do not say which values are valid.
    {"title", shape::any},
    {"description", shape::any},
    {"default", shape::any},
    {"examples", shape::any},
    {"example", shape::any},
    {"$comment", shape::any},
    {"readOnly", shape::any},
    {"writeOnly", shape::any},
    {"deprecated", shape::any},
    {"markdownDescription", shape::any},
    {"propertyOrdering", shape::any},
    {"discriminator", shape::any},
}};

struct replacement {
    std::string_view name;
    std::string_view hint;
};

/// Keywords that do say which values are valid, but in another dialect.
constexpr std::array<replacement, 12> foreign{{
    {"nullable", "it must be true or false; or write \"type\": [\"string\", \"null\"] (with the type in question)"},
    {"prefixItems", "it must be a list of schemas, with no list called \"items\" beside it"},
    {"dependentRequired", "it must be an object of lists of names, without \"dependencies\" beside it"},
    {"dependentSchemas", "it must be an object of schemas, without \"dependencies\" beside it"},
    {"unevaluatedProperties", "write \"additionalProperties\" beside \"properties\""},
    {"unevaluatedItems", "write \"additionalItems\" beside \"items\""},
    {"minContains", "write a rule in SQL instead"},
    {"maxContains", "write a rule in SQL instead"},
    {"$dynamicRef", "write \"$ref\" to a place in the same document"},
    {"$recursiveRef", "write \"$ref\": \"#\""},
    {"$anchor", "refer to the place by its pointer, like #/definitions/name"},
    {"divisibleBy", "write \"multipleOf\""},
}};

constexpr std::array<std::string_view, 7> type_names{"null",   "boolean", "integer", "number",
                                                     "string", "array",   "object"};

bool is_schema(const json &value) {
    return value.is_object() || value.is_boolean();
}

bool is_size(const json &value) {
    if (value.is_number_float())
        return value.get<double>() >= 0 && value.get<double>() <= 9e15 &&
               value == json(static_cast<std::int64_t>(value.get<double>()));
    return value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
}

template <class F>
bool all_of_values(const json &container, F check) {
    return std::all_of(container.begin(), container.end(), check);
}

bool is_string(const json &value) {
    return value.is_string();
}

bool is_type(const json &value) {
    return value.is_string() &&
           std::find(type_names.begin(), type_names.end(), value.get_ref<const std::string &>()) != type_names.end();
}

/// What is wrong with a keyword's value, or empty.
std::string_view complaint(shape wanted, const json &value) {
    const auto unless = [](bool fine, std::string_view text) { return fine ? std::string_view{} : text; };
    switch (wanted) {
    case shape::schema:
        return unless(is_schema(value), "must be a schema (an object, true or false)");
    case shape::schemas:
        return unless(value.is_array() && !value.empty() && all_of_values(value, is_schema),
                      "must be a list of schemas, not empty");
    case shape::schema_map:
        return unless(value.is_object() && all_of_values(value, is_schema), "must be an object of schemas");
    case shape::dependency_map:
        return unless(value.is_object() && all_of_values(value,
                                                         [](const json &d) {
                                                             return is_schema(d) ||
                                                                    (d.is_array() && all_of_values(d, is_string));
                                                         }),
                      "must be an object of schemas or lists of names");
    case shape::items:
        return unless(is_schema(value) || (value.is_array() && all_of_values(value, is_schema)),
                      "must be a schema or a list of schemas");
    case shape::number:
        return unless(value.is_number(), "must be a number (true and false belong to draft 4)");
    case shape::divisor:
        return unless(value.is_number() && value > 0, "must be a number above 0");
    case shape::size:
        return unless(is_size(value), "must be a whole number, 0 or more");
    case shape::string:
        return unless(value.is_string(), "must be a string");
    case shape::strings:
        return unless(value.is_array() && all_of_values(value, is_string),
                      "must be a list of names (true and false belong to draft 3)");
    case shape::flag:
        return unless(value.is_boolean(), "must be true or false");
    case shape::values:
        return unless(value.is_array() && !value.empty(), "must be a list of values, not empty");
    case shape::types:
        return unless(is_type(value) || (value.is_array() && !value.empty() && all_of_values(value, is_type)),
                      "must be one or a list of null, boolean, integer, number, string, array, object");
    case shape::any:
        return {};
    }
    return {};
}

void check_dialect(std::string uri, const std::string &pointer) {
    while (!uri.empty() && uri.back() == '#')
        uri.pop_back();
    const auto path = uri.substr(std::min(uri.find("://"), uri.size()));
    for (const std::string_view dialect :
         {"draft-07/schema", "draft-06/schema", "draft/2019-09/schema", "draft/2020-12/schema"})
        if (path == "://json-schema.org/" + std::string{dialect})
            return;
    refuse_schema(pointer, "this dialect of JSON Schema is not known: " + uri,
                  "write http://json-schema.org/draft-07/schema#");
}

shape shape_of(std::string_view name) {
    const auto *found =
        std::find_if(known.begin(), known.end(), [&, &name = name](const keyword &k) { return k.name == name; });
    return found == known.end() ? shape::any : found->value;
}

[[noreturn]] void refuse_keyword(const std::string &name, const std::string &pointer) {
    const auto *elsewhere =
        std::find_if(foreign.begin(), foreign.end(), [&](const replacement &r) { return r.name == name; });
    if (elsewhere != foreign.end())
        refuse_schema(pointer, "this keyword is not part of draft 7 and would not be checked",
                      std::string{elsewhere->hint});
    if (name == "schema" || name == "strict" || name == "json_schema" || name == "name")
        refuse_schema(pointer, "this is a service's wrapping of a schema, not a schema",
                      "write down only what stands under \"schema\" in it");
    refuse_schema(pointer, "this keyword is not known, so it would not be checked",
                  "is it misspelt? Notes of your own may be called x-...");
}

} // namespace

void refuse_schema(const std::string &pointer, const std::string &reason, std::string hint) {
    throw usage_error{"output schema, at " + (pointer.empty() ? std::string{"its root"} : pointer) + ": " + reason,
                      std::move(hint)};
}

void each_subschema(json &schema, const std::function<void(json &)> &visit) {
    for (const auto &[name, value] : schema.items()) {
        const auto found = shape_of(name);
        const bool one = found == shape::schema || found == shape::items;
        const bool list = found == shape::schemas || found == shape::items;
        const bool map = found == shape::schema_map || found == shape::dependency_map;
        if (one && value.is_object())
            visit(value);
        if ((list && value.is_array()) || (map && value.is_object()))
            for (json &element : value)
                if (element.is_object())
                    visit(element);
    }
}

void check_keywords(const json &schema, const std::string &pointer) {
    for (const auto &[name, value] : schema.items()) {
        const std::string at = pointer + '/' + pointer_token(name);
        const auto *found =
            std::find_if(known.begin(), known.end(), [&, &name = name](const keyword &k) { return k.name == name; });
        if (found == known.end()) {
            if (name.rfind("x-", 0) == 0)
                continue;
            refuse_keyword(name, at);
        }
        if (const auto wrong = complaint(found->value, value); !wrong.empty())
            refuse_schema(at, std::string{wrong});
        if (name == "$schema")
            check_dialect(value.get<std::string>(), at);
    }
}

} // namespace smelt::json_schema
