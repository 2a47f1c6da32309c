#include "schema_check.hpp"

#include "smelt/base/embedded.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json_schema/evaluator.hpp"

#include <algorithm>
#include <stdexcept>

namespace smelt::config {

void check_structure(const document &file) {
    const auto schema = json::parse(embedded::find(embedded::config_files(), "schemas/pipeline.schema.json"));
    json_text::json_tree tree;
    if (json_text::read_json(file.value.dump(), tree).error != json_text::read_error::none)
        file.fail("", "holds more, or is nested deeper, than can be read");
    const json_schema::evaluator evaluator{schema, false};
    if (evaluator.accepts(tree.root()))
        return;
    if (const auto found = explain(schema, file.value))
        file.fail(found->pointer, found->message, found->hint);
    const auto violations = evaluator.violations(tree.root(), 100);
    const auto deepest =
        std::ranges::max_element(violations, {}, [](const auto &v) { return std::ranges::count(v.pointer, '/'); });
    if (deepest == violations.end())
        throw std::logic_error{"the pipeline file is not valid, and nothing says why"};
    file.fail(deepest->pointer, deepest->expected);
}

} // namespace smelt::config
