#include "violation_words.hpp"

#include "document.hpp"

#include "smelt/base/text.hpp"
#include "smelt/config/suggest.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace smelt::config {
namespace {

using pointer = json::json_pointer;

/// One violation with the values that its pointers name.
struct breach {
    const json &document;
    const json &schema; ///< holds the broken keyword
    const json &value;  ///< breaks it
    const json_schema::violation &found;

    [[nodiscard]] const json &wanted() const { return schema.at(found.keyword); }
};

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

std::string wanted_name(const json &type) {
    static const std::map<std::string, std::string> names{
        {"object", "a mapping (key: value)"}, {"array", "a list"},    {"string", "text"},
        {"integer", "a whole number"},        {"number", "a number"}, {"boolean", "true or false"}};
    const auto name = type.is_string() ? names.find(type.get<std::string>()) : names.end();
    return name == names.end() ? "something else" : name->second;
}

/// Keys of an object, or the texts of a list.
std::vector<std::string> names_in(const json &value) {
    std::vector<std::string> names;
    for (const auto &[key, element] : value.items())
        names.push_back(value.is_object() ? key : element.get<std::string>());
    return names;
}

std::string in_a_row(const std::vector<std::string> &names) {
    std::string list;
    for (const auto &name : names)
        list += (list.empty() ? "" : ", ") + name;
    return list;
}

const json &behind_references(const json &document, const json &schema) {
    return schema.contains("$ref")
               ? behind_references(document, document.at(pointer{schema.at("$ref").get<std::string>().substr(1)}))
               : schema;
}

/// The title of the schema; an alternative of "anyOf" without one has the title of the whole.
std::string title(const breach &p, const std::string &otherwise) {
    if (p.schema.contains("title"))
        return p.schema.at("title").get<std::string>();
    const pointer at{p.found.schema};
    if (!at.empty() && !at.parent_pointer().empty() && at.parent_pointer().back() == "anyOf")
        return p.document.at(at.parent_pointer().parent_pointer()).value("title", otherwise);
    return otherwise;
}

explanation wrong_type(const breach &p) {
    const auto &type = p.wanted();
    const auto wanted = title(p, wanted_name(type));
    std::string hint;
    if (p.value.is_string() && has_reference(p.value.get_ref<const std::string &>()) &&
        keeps_references(p.found.pointer))
        hint = "inside a task ${VAR} works only in model and params";
    else if (wanted.find("duration") != std::string::npos && p.value.is_number())
        hint = "say the unit: 5s, 5m or 2h";
    else if (type == "string" && p.value.is_primitive() && !p.value.is_null())
        hint = "put it into quotes";
    else if (type == "boolean" && p.value.is_string())
        hint = "write true or false";
    return {p.found.pointer, "must be " + wanted + ", not " + type_name(p.value), hint};
}

explanation not_in_list(const breach &p) {
    const auto names = names_in(p.wanted());
    const auto word = p.value.is_string() ? p.value.get<std::string>() : p.value.dump();
    return {p.found.pointer, "\"" + std::string{clip_utf8(word, 80)} + "\" is not one of: " + in_a_row(names),
            nearest(word, names).empty() ? "" : did_you_mean(word, names)};
}

explanation unknown_key(const breach &p) {
    return {p.found.pointer, "unknown key",
            did_you_mean(pointer{p.found.pointer}.back(), names_in(p.schema.at("properties")))};
}

explanation missing_key(const breach &p) {
    const auto names = names_in(p.wanted());
    const auto missing = std::ranges::find_if(names, [&](const auto &name) { return !p.value.contains(name); });
    return {p.found.pointer, "the key \"" + *missing + "\" is missing", ""};
}

explanation wrong_name(const breach &p) {
    const auto &names = behind_references(p.document, p.wanted());
    return {p.found.pointer, "the name must be " + names.value("title", "a text that is not empty"), ""};
}

/// pipeline.schema.json uses oneOf only for "exactly one of these keys".
explanation not_one_key(const breach &p) {
    std::vector<std::string> names;
    for (const auto &alternative : p.wanted())
        names.push_back(alternative.at("required").at(0).get<std::string>());
    const bool many = std::ranges::any_of(names, [&](const auto &name) { return p.value.contains(name); });
    return {p.found.pointer, "needs exactly one of: " + in_a_row(names), many ? "remove the others" : ""};
}

explanation wrong_text(const breach &p) {
    return {p.found.pointer, "must be " + title(p, "text that is not empty"), ""};
}

explanation empty(const breach &p) {
    const auto name = title(p, "");
    return {p.found.pointer,
            name.empty() || p.found.keyword == "minProperties" ? "must not be empty" : "must be " + name, ""};
}

explanation wrong_number(const breach &p, const char *relation) {
    return {p.found.pointer, "must be " + std::string{relation} + " " + p.wanted().dump(), ""};
}

/// By keyword; those that pipeline.schema.json uses.
const std::map<std::string_view, std::function<explanation(const breach &)>> &words() {
    static const std::map<std::string_view, std::function<explanation(const breach &)>> all{
        {"type", wrong_type},
        {"enum", not_in_list},
        {"additionalProperties", unknown_key},
        {"required", missing_key},
        {"propertyNames", wrong_name},
        {"oneOf", not_one_key},
        {"anyOf", wrong_text},
        {"pattern", wrong_text},
        {"minLength", wrong_text},
        {"minItems", empty},
        {"minProperties", empty},
        {"minimum", [](const breach &p) { return wrong_number(p, "at least"); }},
        {"exclusiveMinimum", [](const breach &p) { return wrong_number(p, "more than"); }},
        {"maximum", [](const breach &p) { return wrong_number(p, "at most"); }},
    };
    return all;
}

} // namespace

const json_schema::violation &most_helpful(const std::vector<json_schema::violation> &violations) {
    const auto &first = violations.front();
    if (first.keyword != "required")
        return first;
    const auto unknown = std::ranges::find_if(violations, [&](const auto &v) {
        return v.keyword == "additionalProperties" && pointer{v.pointer}.parent_pointer().to_string() == first.pointer;
    });
    return unknown == violations.end() ? first : *unknown;
}

explanation explain(const json &schema, const json &value, const json_schema::violation &found) {
    const auto known = words().find(found.keyword);
    if (known == words().end())
        return {found.pointer, found.expected, ""};
    return known->second({schema, schema.at(pointer{found.schema}), value.at(pointer{found.pointer}), found});
}

} // namespace smelt::config
