#include "rules.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace smelt::sim {
namespace {

constexpr std::size_t most_optional = 24;
constexpr std::size_t most_unions = 16;

bool is_of_type(const json &schema, const char *wanted) {
    const json type = schema.value("type", json());
    return type == json(wanted) || (type.is_array() && std::find(type.begin(), type.end(), json(wanted)) != type.end());
}

/// Follows references, so that what a definition breaks is found where it is used, and recursion at all.
class rules_check {
  public:
    explicit rules_check(const json &root) : root_{root} {}

    std::string run() {
        visit(root_, "");
        if (broken_.empty() && optional_ > most_optional)
            broken_ = "the schema has more than 24 optional parameters";
        if (broken_.empty() && unions_ > most_unions)
            broken_ = "the schema has more than 16 parameters with union types";
        return broken_;
    }

  private:
    void fail(const std::string &place, const std::string &what) {
        if (broken_.empty())
            broken_ = (place.empty() ? std::string{} : place + ": ") + what;
    }
    void visit(const json &schema, const std::string &place);
    void reference(const json &schema, const std::string &place);
    void keywords(const json &schema, const std::string &place);
    void object(const json &schema, const std::string &place);
    void children(const json &schema, const std::string &place);

    const json &root_;
    std::vector<const json *> path_; ///< from the root to the schema in hand
    std::set<const json *> done_;
    std::string broken_;
    std::size_t optional_ = 0;
    std::size_t unions_ = 0;
};

void rules_check::visit(const json &schema, const std::string &place) {
    if (!broken_.empty() || !schema.is_object())
        return;
    if (std::find(path_.begin(), path_.end(), &schema) != path_.end())
        return fail(place, "recursive schemas are not supported");
    if (!done_.insert(&schema).second)
        return;
    path_.push_back(&schema);
    reference(schema, place);
    keywords(schema, place);
    if (is_of_type(schema, "object") || schema.contains("properties"))
        object(schema, place);
    children(schema, place);
    path_.pop_back();
}

void rules_check::reference(const json &schema, const std::string &place) {
    const auto at = schema.find("$ref");
    if (at == schema.end())
        return;
    const std::string target = at->is_string() ? at->get<std::string>() : std::string{};
    if (!target.starts_with('#'))
        return fail(place, "external $ref is not supported");
    try {
        visit(root_.at(json::json_pointer{target.substr(1)}), place);
    } catch (const json::exception &) {
        fail(place, "cannot resolve $ref '" + target + "'");
    }
}

void rules_check::keywords(const json &schema, const std::string &place) {
    for (const char *bound : {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
                              "maxLength", "maxItems"})
        if (schema.contains(bound))
            return fail(place, std::string{"property '"} + bound + "' is not supported");
    if (const json least = schema.value("minItems", json(0)); least != json(0) && least != json(1))
        fail(place, "'minItems' values other than 0 or 1 are not supported");
    if (schema.contains("anyOf") || schema.value("type", json()).is_array())
        ++unions_;
}

void rules_check::object(const json &schema, const std::string &place) {
    if (schema.value("additionalProperties", json()) != json(false))
        return fail(place, "for 'object' type, 'additionalProperties' must be explicitly set to false");
    const json required = schema.value("required", json::array());
    const auto properties = schema.find("properties");
    if (properties == schema.end() || !properties->is_object())
        return;
    for (const auto &[name, property] : properties->items()) {
        if (std::find(required.begin(), required.end(), json(name)) == required.end())
            ++optional_;
        visit(property, place + "/properties/" + name);
    }
}

void rules_check::children(const json &schema, const std::string &place) {
    if (const auto items = schema.find("items"); items != schema.end())
        visit(*items, place + "/items");
    for (const char *word : {"anyOf", "allOf", "oneOf"})
        if (const auto options = schema.find(word); options != schema.end() && options->is_array())
            for (const auto &option : *options)
                visit(option, place + "/" + word);
    for (const char *word : {"$defs", "definitions"})
        if (const auto definitions = schema.find(word); definitions != schema.end() && definitions->is_object())
            for (const auto &[name, definition] : definitions->items())
                visit(definition, place + "/" + word + "/" + name);
}

} // namespace

std::string broken_anthropic_rule(const json &schema) {
    return rules_check{schema}.run();
}

} // namespace smelt::sim
