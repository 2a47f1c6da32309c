#include "checker.hpp"
#include "words.hpp"

#include "smelt/json/equal.hpp"
#include "smelt/json/show.hpp"

namespace smelt::json_schema {

using namespace json_text;

bool schema_checker::array(const schema_node &schema, const node &value, const place &at) {
    if (!schema.item_count.holds(value.count))
        return fail(schema, schema.item_count.least > value.count ? "minItems" : "maxItems", at, [&] {
            return "expected " + words_for_range(schema.item_count) + " items, found " + std::to_string(value.count);
        });
    if (schema.unique_items) {
        if (const auto [first, second] = find_equal_elements(value); first != equal_elements::npos)
            return fail(schema, "uniqueItems", at, [&, a = first, b = second] {
                return "expected items that differ, but items " + std::to_string(a) + " and " + std::to_string(b) +
                       " are equal";
            });
    }
    return elements(schema, value, at) && contains(schema, value, at);
}

bool schema_checker::elements(const schema_node &schema, const node &value, const place &at) {
    if (schema.items == nullptr && schema.tuple.empty() && schema.additional_items == nullptr)
        return true;
    bool fine = true;
    std::size_t index = 0;
    for (const node *child = value.first(); child != value.end(); child = child->next(), ++index) {
        const schema_node *wanted = schema.items;
        if (wanted == nullptr)
            wanted = index < schema.tuple.size() ? schema.tuple[index] : schema.additional_items;
        if (wanted == nullptr)
            break;
        const place here{&at, {}, index, true};
        fine = check(*wanted, *child, here) && fine;
        if (!fine && (quiet() || found_->size() >= most_))
            return false;
    }
    return fine;
}

bool schema_checker::contains(const schema_node &schema, const node &value, const place &at) {
    if (schema.contains == nullptr)
        return true;
    std::size_t index = 0;
    for (const node *child = value.first(); child != value.end(); child = child->next(), ++index)
        if (quietly(*schema.contains, *child, place{&at, {}, index, true}))
            return true;
    return fail(schema, "contains", at,
                [&] { return "expected an array with an item as \"contains\" describes, found " + shown(value); });
}

} // namespace smelt::json_schema
