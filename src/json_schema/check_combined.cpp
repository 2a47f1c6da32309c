#include "checker.hpp"
#include "words.hpp"

#include "smelt/json/equal.hpp"
#include "smelt/json/show.hpp"

#include <algorithm>

namespace smelt::json_schema {

using namespace json_text;
namespace {

const schema_node &target(const schema_node &schema) {
    return schema.ref == nullptr ? schema : target(*schema.ref); // endless references were refused
}

bool fixed_values_fit(const schema_node &schema, const node &value) {
    const auto fits = [&](const auto &c) { return equal(c->tree.root(), value); };
    const auto &allowed = schema.enumeration;
    return (!schema.constant_value || fits(schema.constant_value)) &&
           (allowed.empty() || std::any_of(allowed.begin(), allowed.end(), fits));
}

bool comes_into_question(const schema_node &branch, const node &value) {
    if (branch.never || !has_type(branch.types, value) || !fixed_values_fit(branch, value))
        return false;
    if (!value.is(node_kind::object))
        return true;
    return std::all_of(branch.properties.begin(), branch.properties.end(), [&](const auto &property) {
        const schema_node &wanted = target(*property.second);
        const bool tag = wanted.constant_value || wanted.enumeration.size() == 1;
        const node *member = tag ? value.find(property.first) : nullptr;
        return member == nullptr || fixed_values_fit(wanted, *member);
    });
}

} // namespace

bool schema_checker::combinations(const schema_node &schema, const node &value, const place &at) {
    bool fine = true;
    for (const schema_node *part : schema.all_of) {
        fine = check(*part, value, at) && fine;
        if (!fine && quiet())
            return false;
    }
    const auto also = [&](bool part) { fine = part && fine; };
    also(any_of(schema, value, at));
    if (fine || !quiet())
        also(one_of(schema, value, at));
    if (schema.negated != nullptr && (fine || !quiet()) && quietly(*schema.negated, value, at))
        fine = fail(schema, "not", at, [&] { return "found " + shown(value) + ", which \"not\" rules out"; });
    if (fine || !quiet())
        also(conditional(schema, value, at));
    return fine;
}

bool schema_checker::any_of(const schema_node &schema, const node &value, const place &at) {
    if (schema.any_of.empty())
        return true;
    for (const schema_node *branch : schema.any_of)
        if (quietly(*branch, value, at))
            return true;
    explain_alternatives(schema, "anyOf", schema.any_of, value, at);
    return false;
}

bool schema_checker::one_of(const schema_node &schema, const node &value, const place &at) {
    if (schema.one_of.empty())
        return true;
    const auto fitting = std::count_if(schema.one_of.begin(), schema.one_of.end(),
                                       [&](const schema_node *branch) { return quietly(*branch, value, at); });
    if (fitting == 1)
        return true;
    if (fitting > 1)
        return fail(schema, "oneOf", at, [&] {
            return "expected exactly one of the alternatives of \"oneOf\" to fit, but " + std::to_string(fitting) +
                   " do";
        });
    explain_alternatives(schema, "oneOf", schema.one_of, value, at);
    return false;
}

bool schema_checker::conditional(const schema_node &schema, const node &value, const place &at) {
    if (schema.condition == nullptr)
        return true;
    const schema_node *branch = quietly(*schema.condition, value, at) ? schema.then_branch : schema.else_branch;
    return branch == nullptr || check(*branch, value, at);
}

/// None of the branches fits. The reader is helped most by what is wrong with the one that was meant, if only one comes
/// into question: by its type, its fixed values, and the fixed values of its properties (tags of a union).
void schema_checker::explain_alternatives(const schema_node &schema, const char *keyword,
                                          const std::vector<const schema_node *> &branches, const node &value,
                                          const place &at) {
    if (quiet())
        return;
    std::vector<const schema_node *> meant;
    unsigned types = 0;
    for (const schema_node *branch : branches) {
        types |= target(*branch).types;
        if (comes_into_question(target(*branch), value))
            meant.push_back(branch);
    }
    if (meant.size() == 1) {
        check(*meant.front(), value, at);
        return;
    }
    fail(schema, keyword, at, [&] {
        if (meant.empty() && (types & type_of(value)) == 0)
            return "expected " + words_for_types(types) + ", found " + shown(value);
        return "expected one of " + std::to_string(branches.size()) + " alternatives, none of which fits; found " +
               shown(value);
    });
}

} // namespace smelt::json_schema
