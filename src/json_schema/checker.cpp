#include "checker.hpp"

#include "words.hpp"

#include "smelt/json/equal.hpp"
#include "smelt/json/pointer.hpp"
#include "smelt/json/show.hpp"

#include <algorithm>
#include <utility>

namespace smelt::json_schema {

using namespace json_text;
namespace {

/// Visits of schema nodes in one check. A recursive anyOf can ask for 2^depth of them; a second's work is enough to
/// give up.
constexpr std::uint64_t most_steps = 2'000'000;

} // namespace

std::string place::pointer() const {
    if (up == nullptr)
        return {};
    return up->pointer() + '/' + (in_array ? std::to_string(index) : pointer_token(name));
}

bool schema_checker::run(const schema_node &schema, const node &value) {
    const bool fine = check(schema, value, place{});
    if (!undecided_)
        return fine;
    if (found_ != nullptr)
        *found_ = {*undecided_};
    return false;
}

bool schema_checker::check(const schema_node &schema, const node &value, const place &at) {
    if (undecided_)
        return false;
    if (++steps_ > most_steps) {
        undecided(at, "the schema asks for too much work on this value to be checked");
        return false;
    }
    if (schema.ref != nullptr)
        return check(*schema.ref, value, at);
    if (schema.never)
        return fail(schema, "", at, [&] { return "nothing is allowed here, found " + shown(value); });
    if (!type(schema, value, at) || !fixed_values(schema, value, at))
        return false;
    const bool fine = by_kind(schema, value, at);
    return (fine || !quiet()) && combinations(schema, value, at) && fine;
}

bool schema_checker::quietly(const schema_node &schema, const node &value, const place &at) {
    auto *listener = std::exchange(found_, nullptr);
    const bool fine = check(schema, value, at);
    found_ = listener;
    return fine;
}

bool schema_checker::type(const schema_node &schema, const node &value, const place &at) {
    return schema.types == type_any || has_type(schema.types, value) || fail(schema, "type", at, [&] {
               return "expected " + words_for_types(schema.types) + ", found " + shown(value);
           });
}

bool schema_checker::fixed_values(const schema_node &schema, const node &value, const place &at) {
    if (schema.constant_value && !equal(schema.constant_value->tree.root(), value))
        return fail(schema, "const", at,
                    [&] { return "expected " + schema.constant_value->text + ", found " + shown(value); });
    const auto &allowed = schema.enumeration;
    return allowed.empty() ||
           std::any_of(allowed.begin(), allowed.end(), [&](const auto &c) { return equal(c->tree.root(), value); }) ||
           fail(schema, "enum", at,
                [&] { return "expected " + words_for_values(allowed) + ", found " + shown(value); });
}

bool schema_checker::by_kind(const schema_node &schema, const node &value, const place &at) {
    switch (value.kind) {
    case node_kind::number:
        return number(schema, value, at);
    case node_kind::string:
        return string(schema, value, at);
    case node_kind::array:
        return array(schema, value, at);
    case node_kind::object:
        return object(schema, value, at);
    case node_kind::null:
    case node_kind::boolean:
        return true;
    }
    return true;
}

bool schema_checker::number(const schema_node &schema, const node &value, const place &at) {
    const number_bounds &n = schema.numbers;
    const auto out = [&](const char *keyword, const char *words, const std::string &bound) {
        return fail(schema, keyword, at,
                    [&] { return "expected a number " + std::string{words} + bound + ", found " + shown(value); });
    };
    if (!n.minimum.empty() && std::is_lt(compare_numbers(value.text, n.minimum)))
        return out("minimum", "not below ", n.minimum);
    if (!n.maximum.empty() && std::is_gt(compare_numbers(value.text, n.maximum)))
        return out("maximum", "not above ", n.maximum);
    if (!n.above.empty() && std::is_lteq(compare_numbers(value.text, n.above)))
        return out("exclusiveMinimum", "above ", n.above);
    if (!n.below.empty() && std::is_gteq(compare_numbers(value.text, n.below)))
        return out("exclusiveMaximum", "below ", n.below);
    if (n.multiple_of && !decimal{value.text}.multiple_of(*n.multiple_of))
        return out("multipleOf", "that is a multiple of ", n.multiple_text);
    return true;
}

bool schema_checker::string(const schema_node &schema, const node &value, const place &at) {
    if (schema.length.least > 0 || schema.length.most < value.text.size()) {
        const auto length = count_code_points(value.text);
        if (!schema.length.holds(length))
            return fail(schema, schema.length.least > length ? "minLength" : "maxLength", at, [&] {
                return "expected " + words_for_range(schema.length) + " characters, found " + std::to_string(length) +
                       ": " + shown(value);
            });
    }
    if (schema.text_format != nullptr && !schema.text_format->valid(value.text))
        return fail(schema, "format", at, [&] {
            return "expected the format " + std::string{schema.text_format->name} + " (like " +
                   std::string{schema.text_format->example} + "), found " + shown(value);
        });
    if (schema.expression && !matches(*schema.expression, value.text, at))
        return fail(schema, "pattern", at, [&] {
            return "expected text that matches " + schema.expression->expression() + ", found " + shown(value);
        });
    return true;
}

bool schema_checker::matches(const pattern &expression, std::string_view subject, const place &at) {
    switch (expression.match(subject)) {
    case pattern::answer::matches:
        return true;
    case pattern::answer::differs:
        return false;
    case pattern::answer::too_hard:
        undecided(at, "the text of " + std::to_string(subject.size()) +
                          " bytes is too long or too intricate to be matched with " + expression.expression());
    }
    return false;
}

void schema_checker::undecided(const place &at, std::string reason) {
    if (!undecided_)
        undecided_ = violation{at.pointer(), std::move(reason), "", ""};
}

} // namespace smelt::json_schema
