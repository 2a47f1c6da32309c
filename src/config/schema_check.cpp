#include "schema_check.hpp"

#include "violation_words.hpp"

#include "smelt/base/embedded.hpp"
#include "smelt/json/reader.hpp"

namespace smelt::config {

void check_structure(const document &file, std::string_view schema_file) {
    constexpr std::size_t most = 100; // one is shown; a misspelled key can stand behind a missing one
    const auto schema = json::parse(embedded::find(embedded::config_files(), schema_file));
    json_text::json_tree tree;
    if (json_text::read_json(file.value.dump(), tree).error != json_text::read_error::none)
        file.fail("", "holds more, or is nested deeper, than can be read");
    const auto violations = json_schema::evaluator{schema, false}.violations(tree.root(), most);
    if (violations.empty())
        return;
    const auto found = explain(schema, file.value, most_helpful(violations));
    file.fail(found.pointer, found.message, found.hint);
}

} // namespace smelt::config
