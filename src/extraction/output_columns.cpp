#include "smelt/extraction/compiled_task.hpp"
#include "smelt/json_schema/source.hpp"

#include <algorithm>
#include <optional>

namespace smelt::extraction {

using namespace json_schema;
namespace {

using kind = output_column::kind;

std::optional<kind> kind_of_type(const std::string &type) {
    if (type == "null")
        return std::nullopt;
    if (type == "string")
        return kind::text;
    if (type == "integer" || type == "number")
        return kind::number;
    return type == "boolean" ? kind::boolean : kind::json;
}

kind kind_of_value(const json &value) {
    if (value.is_string())
        return kind::text;
    return value.is_number() ? kind::number : value.is_boolean() ? kind::boolean : kind::json;
}

/// One kind if all say the same, json otherwise; nulls say nothing.
class common_kind {
  public:
    void add(std::optional<kind> next) {
        if (next && kind_ && *kind_ != *next)
            kind_ = kind::json;
        else if (next)
            kind_ = next;
    }
    [[nodiscard]] std::optional<kind> get() const { return kind_; }

  private:
    std::optional<kind> kind_;
};

std::optional<kind> kind_of(const json &document, const json &schema, int depth) {
    if (!schema.is_object() || depth > 16)
        return kind::json;
    common_kind common;
    if (schema.contains("$ref"))
        return kind_of(document, *resolve_reference(document, schema["$ref"].get<std::string>(), "").schema, depth + 1);
    if (schema.contains("type")) {
        const json &type = schema["type"];
        for (const json &name : type.is_array() ? type : json::array({type}))
            common.add(kind_of_type(name.get<std::string>()));
        return common.get();
    }
    for (const json &value :
         schema.value("enum", schema.contains("const") ? json::array({schema["const"]}) : json::array()))
        if (!value.is_null())
            common.add(kind_of_value(value));
    for (const char *keyword : {"anyOf", "oneOf", "allOf"})
        for (const json &branch : schema.value(keyword, json::array()))
            common.add(kind_of(document, branch, depth + 1));
    return common.get();
}

/// Properties of the schema and of what holds for the same value, each with all its schemas.
using properties = std::vector<std::pair<std::string, std::vector<const json *>>>;

void collect(const json &document, const json &schema, int depth, properties &found) {
    if (!schema.is_object() || depth > 16)
        return;
    if (schema.contains("$ref"))
        collect(document, *resolve_reference(document, schema["$ref"].get<std::string>(), "").schema, depth + 1, found);
    const json listed = schema.value("properties", json::object());
    for (const auto &[name, unused] : listed.items()) {
        const json &kept = schema["properties"][name];
        const auto known =
            std::find_if(found.begin(), found.end(), [&name = name](const auto &p) { return p.first == name; });
        if (known == found.end())
            found.push_back({name, {&kept}});
        else
            known->second.push_back(&kept);
    }
    for (const char *keyword : {"allOf", "anyOf", "oneOf"})
        if (schema.contains(keyword))
            for (const json &part : schema[keyword])
                collect(document, part, depth + 1, found);
}

} // namespace

std::vector<output_column> output_columns(const json &schema) {
    if (schema.is_null())
        return {{"text", kind::whole_text}};
    properties found;
    collect(schema, schema, 0, found);
    if (found.empty())
        return {{"output", kind::whole}};
    std::vector<output_column> columns;
    for (const auto &[name, schemas] : found) {
        common_kind common;
        for (const json *one : schemas)
            common.add(kind_of(schema, *one, 0).value_or(kind::json));
        columns.push_back({name, common.get().value_or(kind::json)});
    }
    return columns;
}

std::vector<output_column> output_columns(const task_definition &definition) {
    if (definition.answer.type == bare_answer::kind::text)
        return output_columns(definition.output);
    return {{"answer", definition.answer.type == bare_answer::kind::number ? kind::whole_number : kind::whole_text}};
}

} // namespace smelt::extraction
