#include "schema_check.hpp"

#include "smelt/core/embedded.hpp"

#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <stdexcept>

namespace smelt::config {
namespace {

rapidjson::Document dom(std::string_view text) {
    rapidjson::Document result;
    result.Parse(text.data(), text.size());
    if (result.HasParseError())
        throw std::logic_error{"schemas/pipeline.schema.json cannot be parsed"};
    return result;
}

/// valijson names places as <root>, ["key"] and [0].
std::string pointer_of(const std::vector<std::string> &context) {
    std::string pointer;
    for (std::size_t i = 1; i < context.size(); ++i) {
        const std::string_view step = context[i];
        if (step.size() > 4 && step[1] == '"')
            pointer = join(pointer, step.substr(2, step.size() - 4));
        else if (step.size() > 2)
            pointer = join(pointer, step.substr(1, step.size() - 2));
    }
    return pointer;
}

} // namespace

void check_structure(const document &file) {
    const auto text = embedded::find(embedded::config_files(), "schemas/pipeline.schema.json");
    const auto schema_dom = dom(text);
    const auto value_dom = dom(file.value.dump());
    valijson::Schema schema;
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::RapidJsonAdapter{schema_dom}, schema);
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(schema, valijson::adapters::RapidJsonAdapter{value_dom}, &results))
        return;
    if (const auto found = explain(json::parse(text), file.value))
        file.fail(found->pointer, found->message, found->hint);
    valijson::ValidationResults::Error deepest;
    for (const auto &error : results)
        if (error.context.size() > deepest.context.size())
            deepest = error;
    file.fail(pointer_of(deepest.context), deepest.description);
}

} // namespace smelt::config
