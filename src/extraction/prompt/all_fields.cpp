#include "all_fields.hpp"

#include "template_context.hpp"

#include "smelt/json/writer.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace smelt::extraction {
namespace {

using namespace json_text;

bool is_empty(const node &value) {
    return value.is(node_kind::null) || (value.is(node_kind::string) && value.text.empty());
}

std::string label_of(std::string_view name) {
    std::string label;
    bool begins = true;
    for (const char c : name) {
        const bool blank = c == '_' || c == '-' || c == ' ';
        label += blank ? ' ' : begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        begins = blank;
    }
    return label;
}

/// The answers of needed tasks and what a rule pack has found stand beside the record's own fields.
bool is_own_field(const node &field) {
    return (field.name != "tasks" && field.name != "evidence") || !field.is(node_kind::object);
}

std::vector<const node *> chosen(const node &record, const field_choice &choice) {
    std::vector<const node *> fields;
    if (!choice.only.empty()) {
        for (const auto &name : choice.only)
            if (const auto *field = record.find(name))
                fields.push_back(field);
        return fields;
    }
    for (const auto &field : record.children())
        if (is_own_field(field) && std::ranges::find(choice.except, field.name) == choice.except.end())
            fields.push_back(&field);
    std::ranges::sort(fields, {}, &node::name);
    return fields;
}

} // namespace

std::string list_fields(const node &record, const field_choice &choice) {
    std::string out = "[";
    for (const auto *field : chosen(record, choice)) {
        if (is_empty(*field))
            continue;
        out += out.size() > 1 ? ",{\"name\":" : "{\"name\":";
        append_json_string(out, field->name);
        out += ",\"label\":";
        append_json_string(out, label_of(field->name));
        out += ",\"value\":";
        append_json(out, *field);
        out += '}';
    }
    return out + "]";
}

std::string field_lines(const node &fields) {
    std::string lines;
    for (const auto &field : fields.children()) {
        if (!lines.empty())
            lines += '\n';
        lines += field.find("label")->text;
        lines += ": ";
        append_value(lines, *field.find("value"));
    }
    return lines;
}

} // namespace smelt::extraction
