#include "compiler.hpp"

#include "smelt/json/pointer.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json_schema/source.hpp"

#include <stdexcept>

namespace smelt::json_schema {

using namespace json_text;
namespace {

std::unique_ptr<constant> make_constant(const json &value) {
    auto made = std::make_unique<constant>();
    made->text = value.dump();
    if (read_json(made->text, made->tree).error != read_error::none)
        throw std::invalid_argument{"the value cannot be read"};
    return made;
}

unsigned type_of(const std::string &name) {
    if (name == "null")
        return type_null;
    if (name == "boolean")
        return type_boolean;
    if (name == "integer")
        return type_integer;
    if (name == "number")
        return type_number | type_integer;
    if (name == "string")
        return type_string;
    return name == "array" ? type_array : type_object;
}

unsigned types_of(const json &value) {
    if (value.is_string())
        return type_of(value.get_ref<const std::string &>());
    unsigned types = 0;
    for (const json &name : value)
        types |= type_of(name.get_ref<const std::string &>());
    return types;
}

void read_size(std::uint64_t &size, const json &source, const char *keyword) {
    if (const auto found = source.find(keyword); found != source.end())
        size =
            found->is_number_float() ? static_cast<std::uint64_t>(found->get<double>()) : found->get<std::uint64_t>();
}

void read_number(std::string &text, const json &source, const char *keyword) {
    if (const auto found = source.find(keyword); found != source.end())
        text = found->dump();
}

pattern make_pattern(const std::string &expression, const std::string &pointer) {
    try {
        return pattern{expression};
    } catch (const std::invalid_argument &e) {
        refuse_schema(pointer, "the regular expression cannot be used: " + std::string{e.what()});
    }
}

} // namespace

void schema_compiler::values(schema_node &node, const json &source, const std::string &pointer) {
    if (const auto found = source.find("type"); found != source.end())
        node.types = types_of(*found);
    if (const auto found = source.find("enum"); found != source.end())
        for (const json &value : *found)
            node.enumeration.push_back(make_constant(value));
    if (const auto found = source.find("const"); found != source.end())
        node.constant_value = make_constant(*found);
    read_number(node.numbers.minimum, source, "minimum");
    read_number(node.numbers.maximum, source, "maximum");
    read_number(node.numbers.above, source, "exclusiveMinimum");
    read_number(node.numbers.below, source, "exclusiveMaximum");
    read_number(node.numbers.multiple_text, source, "multipleOf");
    if (!node.numbers.multiple_text.empty())
        node.numbers.multiple_of = decimal{node.numbers.multiple_text};
    if (node.numbers.multiple_of && node.numbers.multiple_of->zero())
        refuse_schema(pointer + "/multipleOf", "must be a number above 0");
}

void schema_compiler::strings(schema_node &node, const json &source, const std::string &pointer) {
    read_size(node.length.least, source, "minLength");
    read_size(node.length.most, source, "maxLength");
    if (const auto found = source.find("pattern"); found != source.end())
        node.expression = make_pattern(found->get<std::string>(), pointer + "/pattern");
    if (const auto found = source.find("format"); found != source.end()) {
        node.text_format = find_format(found->get<std::string>());
        if (node.text_format == nullptr)
            refuse_schema(pointer + "/format", "the format " + found->dump() + " is not checked here",
                          "formats that are checked: " + format_names());
    }
}

void schema_compiler::arrays(schema_node &node, const json &source, const std::string &pointer) {
    read_size(node.item_count.least, source, "minItems");
    read_size(node.item_count.most, source, "maxItems");
    node.unique_items = source.value("uniqueItems", false);
    node.contains = child(source, pointer, "contains");
    const schema_node *additional = child(source, pointer, "additionalItems");
    const auto items = source.find("items");
    if (items == source.end())
        return;
    if (!items->is_array()) {
        node.items = schema(*items, pointer + "/items");
        return;
    }
    node.tuple = children(source, pointer, "items");
    node.additional_items = additional;
}

void schema_compiler::objects(schema_node &node, const json &source, const std::string &pointer) {
    read_size(node.property_count.least, source, "minProperties");
    read_size(node.property_count.most, source, "maxProperties");
    if (const auto found = source.find("required"); found != source.end())
        node.required = found->get<std::vector<std::string>>();
    property_schemas(node, source, pointer);
    node.additional_properties = child(source, pointer, "additionalProperties");
    node.property_names = child(source, pointer, "propertyNames");
    if (const auto found = source.find("patternProperties"); found != source.end())
        for (const auto &[expression, value] : found->items()) {
            const std::string at = pointer + "/patternProperties/" + pointer_token(expression);
            node.pattern_properties.emplace_back(make_pattern(expression, at), schema(value, at));
        }
    dependencies(node, source, pointer);
}

void schema_compiler::property_schemas(schema_node &node, const json &source, const std::string &pointer) {
    const auto found = source.find("properties");
    if (found == source.end())
        return;
    for (const auto &[name, value] : found->items())
        node.properties.emplace_back(name, schema(value, pointer + "/properties/" + pointer_token(name)));
    if (node.properties.size() > 16)
        for (const auto &[name, value] : node.properties)
            node.property_index.emplace(name, value);
}

void schema_compiler::dependencies(schema_node &node, const json &source, const std::string &pointer) {
    const auto found = source.find("dependencies");
    if (found == source.end())
        return;
    for (const auto &[name, value] : found->items()) {
        dependency &made = node.dependencies.emplace_back();
        made.name = name;
        if (value.is_array())
            made.names = value.get<std::vector<std::string>>();
        else
            made.schema = schema(value, pointer + "/dependencies/" + pointer_token(name));
    }
}

} // namespace smelt::json_schema
