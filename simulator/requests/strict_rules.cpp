#include "strict_rules.hpp"

#include <algorithm>

namespace smelt::sim {
namespace {

constexpr int max_levels = 10;
constexpr std::size_t max_properties = 5'000;
constexpr std::size_t max_enum_values = 1'000;
constexpr std::size_t max_string_size = 120'000;
constexpr std::size_t large_enum = 250;
constexpr std::size_t large_enum_size = 15'000;

class strict_check {
  public:
    std::string run(const json &schema) {
        if (!schema.is_object())
            return "schema must be a JSON Schema of 'type: \"object\"'";
        if (schema.contains("anyOf"))
            return "In context=(), the root must not be 'anyOf'";
        if (!schema.contains("$ref") && schema.value("type", json()) != json("object"))
            return "schema must be a JSON Schema of 'type: \"object\"'";
        visit(schema, "", 1);
        if (broken_.empty() && properties_ > max_properties)
            broken_ = "schema has more than 5000 properties";
        if (broken_.empty() && enum_values_ > max_enum_values)
            broken_ = "schema has more than 1000 enum values";
        if (broken_.empty() && string_size_ > max_string_size)
            broken_ = "names and values of the schema have more than 120000 characters";
        return broken_;
    }

  private:
    void fail(const std::string &place, const std::string &what) {
        if (broken_.empty())
            broken_ = "In context=(" + place + "), " + what;
    }
    void visit(const json &schema, const std::string &place, int level);
    void object(const json &schema, const std::string &place, int level);
    void values(const json &schema, const std::string &place);

    std::string broken_;
    std::size_t properties_ = 0;
    std::size_t enum_values_ = 0;
    std::size_t string_size_ = 0;
};

bool is_object_type(const json &schema) {
    const json type = schema.value("type", json());
    return type == json("object") ||
           (type.is_array() && std::find(type.begin(), type.end(), json("object")) != type.end());
}

void strict_check::visit(const json &schema, const std::string &place, int level) {
    if (!broken_.empty())
        return;
    if (!schema.is_object())
        return fail(place, "schema must be an object");
    for (const char *keyword : {"allOf", "not", "oneOf", "if", "then", "else", "dependentRequired", "dependentSchemas",
                                "patternProperties", "prefixItems"})
        if (schema.contains(keyword))
            return fail(place, std::string{"'"} + keyword + "' is not permitted");
    const bool typed = schema.contains("type") || schema.contains("$ref") || schema.contains("anyOf") ||
                       schema.contains("enum") || schema.contains("const");
    if (!typed)
        return fail(place, "schema must have a 'type' key");
    values(schema, place);
    if (is_object_type(schema))
        object(schema, place, level);
    if (const auto items = schema.find("items"); items != schema.end())
        visit(*items, place + "/items", level + 1);
    if (const auto options = schema.find("anyOf"); options != schema.end() && options->is_array())
        for (const auto &option : *options)
            visit(option, place + "/anyOf", level);
    for (const char *definitions : {"$defs", "definitions"})
        if (const auto at = schema.find(definitions); at != schema.end() && at->is_object())
            for (const auto &[name, definition] : at->items()) {
                string_size_ += name.size();
                visit(definition, place + "/" + definitions + "/" + name, level);
            }
}

void strict_check::object(const json &schema, const std::string &place, int level) {
    if (level > max_levels)
        return fail(place, "the schema exceeds 10 levels of nesting");
    if (schema.value("additionalProperties", json()) != json(false))
        return fail(place, "'additionalProperties' is required to be supplied and to be false");
    const json properties = schema.value("properties", json::object());
    const json required = schema.value("required", json());
    if (!properties.is_object() || (!required.is_array() && !properties.empty()))
        return fail(place,
                    "'required' is required to be supplied and to be an array including every key in properties");
    for (const auto &[name, property] : properties.items()) {
        if (std::find(required.begin(), required.end(), json(name)) == required.end())
            return fail(place, "'required' is required to be supplied and to be an array including every key in "
                               "properties. Missing '" +
                                   name + "'");
        ++properties_;
        string_size_ += name.size();
        visit(property, place + "/properties/" + name, level + 1);
    }
    for (const auto &name : required.is_array() ? required : json::array())
        if (!name.is_string() || !properties.contains(name.get<std::string>()))
            return fail(place, "'required' names a property that is not in 'properties'");
}

void strict_check::values(const json &schema, const std::string &place) {
    const auto size_of = [](const json &value) {
        return value.is_string() ? value.get_ref<const std::string &>().size() : 0;
    };
    if (const auto fixed = schema.find("const"); fixed != schema.end())
        string_size_ += size_of(*fixed);
    const auto list = schema.find("enum");
    if (list == schema.end() || !list->is_array())
        return;
    std::size_t size = 0;
    for (const auto &value : *list)
        size += size_of(value);
    enum_values_ += list->size();
    string_size_ += size;
    if (list->size() > large_enum && size > large_enum_size)
        fail(place, "an enum of more than 250 values has more than 15000 characters");
}

} // namespace

std::string broken_strict_rule(const json &schema) {
    return strict_check{}.run(schema);
}

} // namespace smelt::sim
