#include "checker.hpp"
#include "words.hpp"

#include "smelt/json/show.hpp"

#include <algorithm>

namespace smelt::json_schema {

using namespace json_text;

const schema_node *schema_node::property(std::string_view name) const {
    if (!property_index.empty()) {
        const auto found = property_index.find(name);
        return found == property_index.end() ? nullptr : found->second;
    }
    for (const auto &[known, schema] : properties)
        if (known == name)
            return schema;
    return nullptr;
}

bool schema_node::requires_property(std::string_view name) const {
    return std::find(required.begin(), required.end(), name) != required.end();
}

bool schema_checker::means_absent(const schema_node &schema, const node &value, const place &at) {
    if (!null_is_absent_ || !value.is(node_kind::null) || schema.requires_property(value.name))
        return false;
    const schema_node *wanted = schema.property(value.name);
    return wanted != nullptr && !quietly(*wanted, value, at);
}

const node *schema_checker::present(const schema_node &schema, const node &object, std::string_view name,
                                    const place &at) {
    const node *found = object.find(name);
    return found == nullptr || means_absent(schema, *found, at) ? nullptr : found;
}

bool schema_checker::object(const schema_node &schema, const node &value, const place &at) {
    bool fine = required(schema, value, at);
    std::uint64_t count = 0;
    for (const auto &child : value.children()) {
        if (!fine && (quiet() || found_->size() >= most_))
            return false;
        const place here{&at, child.name, 0, false};
        if (means_absent(schema, child, here))
            continue;
        ++count;
        fine = member(schema, child, here) && fine;
    }
    if (!schema.property_count.holds(count))
        fine = fail(schema, schema.property_count.least > count ? "minProperties" : "maxProperties", at, [&] {
            return "expected " + words_for_range(schema.property_count) + " properties, found " + std::to_string(count);
        });
    return (fine || !quiet()) && dependencies(schema, value, at) && fine;
}

bool schema_checker::member(const schema_node &schema, const node &value, const place &at) {
    if (schema.property_names != nullptr) {
        node name;
        name.kind = node_kind::string;
        name.text = value.name;
        if (!quietly(*schema.property_names, name, at))
            return fail(schema, "propertyNames", at,
                        [&] { return "the name " + in_quotes(value.name) + " is not as \"propertyNames\" wants it"; });
    }
    bool known = false;
    bool fine = true;
    if (const schema_node *wanted = schema.property(value.name)) {
        known = true;
        fine = check(*wanted, value, at);
    }
    for (const auto &[expression, wanted] : schema.pattern_properties) {
        if (!matches(expression, value.name, at))
            continue;
        known = true;
        fine = check(*wanted, value, at) && fine;
    }
    return known ? fine : other_member(schema, value, at);
}

bool schema_checker::other_member(const schema_node &schema, const node &value, const place &at) {
    const schema_node *wanted = schema.additional_properties;
    if (wanted == nullptr)
        return true;
    if (!wanted->never)
        return check(*wanted, value, at);
    return fail(schema, "additionalProperties", at, [&] {
        const auto names = words_for_property_names(schema);
        return "the property " + in_quotes(value.name) + " is not allowed" +
               (names.empty() ? "" : "; allowed: " + names);
    });
}

bool schema_checker::required(const schema_node &schema, const node &value, const place &at) {
    bool fine = true;
    for (const std::string &name : schema.required) {
        if (value.find(name) != nullptr)
            continue;
        fine = fail(schema, "required", at,
                    [&] { return "the property " + in_quotes(name) + " is required but missing"; });
        if (quiet())
            return false;
    }
    return fine;
}

bool schema_checker::dependencies(const schema_node &schema, const node &value, const place &at) {
    bool fine = true;
    for (const dependency &d : schema.dependencies) {
        if (present(schema, value, d.name, at) == nullptr)
            continue;
        for (const std::string &name : d.names)
            if (present(schema, value, name, at) == nullptr)
                fine = fail(schema, "dependencies", at, [&] {
                    return "the property " + in_quotes(name) + " is missing; it is required beside " +
                           in_quotes(d.name);
                });
        fine = (d.schema == nullptr || check(*d.schema, value, at)) && fine;
        if (!fine && quiet())
            return false;
    }
    return fine;
}

} // namespace smelt::json_schema
