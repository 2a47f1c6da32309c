#include "smelt/json/writer.hpp"

#include "smelt/json/text_scan.hpp"

namespace smelt::json_text {
namespace {

void append_children(std::string &out, const node &value) {
    const bool object = value.is(node_kind::object);
    out += object ? '{' : '[';
    for (const node *child = value.first(); child != value.end(); child = child->next()) {
        if (child != value.first())
            out += ',';
        if (object) {
            append_json_string(out, child->name);
            out += ':';
        }
        append_json(out, *child);
    }
    out += object ? '}' : ']';
}

} // namespace

void append_json_string(std::string &out, std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        const auto special = find_special(text, at);
        out.append(text.data() + at, special - at);
        at = special + 1;
        if (special == text.size())
            break;
        const char c = text[special];
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (c == '\t')
            out += "\\t";
        else if (c == '\r')
            out += "\\r";
        else
            ((out += "\\u00") += hex[static_cast<unsigned char>(c) >> 4]) += hex[c & 15];
    }
    out += '"';
}

void append_json(std::string &out, const node &value) {
    switch (value.kind) {
    case node_kind::null:
        out += "null";
        break;
    case node_kind::boolean:
        out += value.truth ? "true" : "false";
        break;
    case node_kind::number:
        out += value.text;
        break;
    case node_kind::string:
        append_json_string(out, value.text);
        break;
    case node_kind::array:
    case node_kind::object:
        append_children(out, value);
        break;
    }
}

} // namespace smelt::json_text
