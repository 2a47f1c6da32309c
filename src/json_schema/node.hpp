#pragma once

#include "format.hpp"

#include "smelt/json/decimal.hpp"
#include "smelt/json/tree.hpp"
#include "smelt/json_schema/pattern.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace smelt::json_schema {

using namespace json_text;

/// The types of JSON Schema as bits; integer is a number without a fraction (1.0 is one).
enum type_bit : unsigned {
    type_null = 1,
    type_boolean = 2,
    type_integer = 4,
    type_number = 8,
    type_string = 16,
    type_array = 32,
    type_object = 64,
    type_any = 127,
};

/// A JSON value of the schema itself (enum, const).
struct constant {
    std::string text;
    json_tree tree;
};

/// Least and most of a length or count.
struct size_range {
    std::uint64_t least = 0;
    std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    [[nodiscard]] bool holds(std::uint64_t size) const { return size >= least && size <= most; }
};

struct number_bounds {
    std::string minimum, maximum, above, below; ///< as JSON numbers; empty: none
    std::optional<decimal> multiple_of;
    std::string multiple_text;
};

struct schema_node;

struct dependency {
    std::string name;
    std::vector<std::string> names;
    const schema_node *schema = nullptr;
};

/// One schema made ready. Nodes belong to the json_schema and may form cycles through $ref.
struct schema_node {
    std::string pointer; ///< where the schema stands in its document
    bool never = false;  ///< the schema `false`
    const schema_node *ref = nullptr;
    unsigned types = type_any;
    std::vector<std::unique_ptr<constant>> enumeration;
    std::unique_ptr<constant> constant_value;
    number_bounds numbers;

    size_range length;
    std::optional<pattern> expression;
    const format *text_format = nullptr;

    const schema_node *items = nullptr;
    std::vector<const schema_node *> tuple;
    const schema_node *additional_items = nullptr;
    const schema_node *contains = nullptr;
    size_range item_count;
    bool unique_items = false;

    std::vector<std::pair<std::string, const schema_node *>> properties;
    std::unordered_map<std::string_view, const schema_node *>
        property_index; ///< views into properties; when there are many
    std::vector<std::string> required;
    std::vector<std::pair<pattern, const schema_node *>> pattern_properties;
    const schema_node *additional_properties = nullptr;
    const schema_node *property_names = nullptr;
    std::vector<dependency> dependencies;
    size_range property_count;

    std::vector<const schema_node *> all_of, any_of, one_of;
    const schema_node *negated = nullptr;
    const schema_node *condition = nullptr, *then_branch = nullptr, *else_branch = nullptr;

    [[nodiscard]] const schema_node *property(std::string_view name) const;
    [[nodiscard]] bool requires_property(std::string_view name) const;
    /// Schemas that look at the same value as this one.
    [[nodiscard]] std::vector<const schema_node *> in_place() const;
};

} // namespace smelt::json_schema
