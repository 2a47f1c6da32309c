#include "smelt/json_schema/evaluator.hpp"

#include "checker.hpp"
#include "compiler.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json_schema/source.hpp"

namespace smelt::json_schema {

using namespace json_text;
namespace {

bool is_integer(std::string_view number) {
    return number.find_first_of(".eE") == std::string_view::npos || decimal{number}.integral();
}

} // namespace

evaluator::evaluator(const json &schema, bool null_is_absent) : null_is_absent_{null_is_absent} {
    try {
        const auto document = in_draft_7(schema);
        root_ = schema_compiler{document, nodes_}.compile();
    } catch (const json::exception &e) {
        throw usage_error{"output schema: " + std::string{e.what()}};
    }
}

evaluator::~evaluator() = default;

bool evaluator::accepts(const node &value) const {
    return schema_checker{null_is_absent_, nullptr, 0}.run(*root_, value);
}

std::vector<violation> evaluator::violations(const node &value, std::size_t most) const {
    std::vector<violation> found;
    if (accepts(value))
        return found;
    schema_checker{null_is_absent_, &found, most}.run(*root_, value);
    if (found.empty())
        found.push_back({"", "the value does not fit the schema", "", ""});
    return found;
}

unsigned type_of(const node &value) {
    switch (value.kind) {
    case node_kind::null:
        return type_null;
    case node_kind::boolean:
        return type_boolean;
    case node_kind::number:
        return type_number;
    case node_kind::string:
        return type_string;
    case node_kind::array:
        return type_array;
    case node_kind::object:
        return type_object;
    }
    return 0;
}

bool has_type(unsigned types, const node &value) {
    return (types & type_of(value)) != 0 ||
           (value.is(node_kind::number) && (types & type_integer) != 0 && is_integer(value.text));
}

} // namespace smelt::json_schema
