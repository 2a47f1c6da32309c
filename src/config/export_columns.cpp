#include "smelt/config/export_columns.hpp"

#include "document.hpp"
#include "text_file.hpp"
#include "view.hpp"

namespace smelt::config {
namespace {

constexpr const char *forms = "write `- NAME`, `- NEW: NAME`, `- NEW: {value: TEXT}` or `- NEW: {sql: EXPRESSION}`";

std::string scalar_text(const view &at) {
    const json &value = at.value();
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_structured() || value.is_null())
        at.fail("a text or a number is expected here", forms);
    return value.dump();
}

wished_column read_special(const view &at, wished_column column) {
    const bool is_constant = at.has("value");
    if (at.value().size() != 1 || (!is_constant && !at.has("sql")))
        at.fail("exactly one of value and sql says what the column " + column.name + " holds", forms);
    column.type = is_constant ? wished_column::kind::constant : wished_column::kind::expression;
    const auto content = at.at(is_constant ? "value" : "sql");
    if (!content.value().is_string())
        content.fail("put this in quotes, so that it stays as it is written");
    column.text = content.value().get<std::string>();
    return column;
}

wished_column read_column(const view &at) {
    wished_column column;
    column.line = at.line();
    if (!at.value().is_object()) {
        column.name = column.text = scalar_text(at);
        return column;
    }
    if (at.value().size() != 1)
        at.fail("each column is an entry of its own", forms);
    column.name = at.value().begin().key();
    if (column.name.empty())
        at.fail("a column needs a name", forms);
    const auto holds = at.at(column.name);
    if (holds.value().is_object())
        return read_special(holds, std::move(column));
    column.text = scalar_text(holds);
    return column;
}

} // namespace

export_columns_file read_export_columns(const std::filesystem::path &file) {
    const auto document = parse_yaml(read_text_file(file), file.string(), {});
    const view top{document};
    if (!top.value().is_array() || top.value().empty())
        top.fail("a list of columns is expected", forms);
    export_columns_file out{file, {}};
    for (const auto &at : top.elements())
        out.columns.push_back(read_column(at));
    return out;
}

} // namespace smelt::config
