#include "json_tree.hpp"

#include <array>

namespace smelt::extraction {
namespace {

void append_escape(std::string &out, unsigned char byte) {
    static constexpr std::string_view hex = "0123456789abcdef";
    switch (byte) {
    case '"':
        out += "\\\"";
        break;
    case '\\':
        out += "\\\\";
        break;
    case '\n':
        out += "\\n";
        break;
    case '\r':
        out += "\\r";
        break;
    case '\t':
        out += "\\t";
        break;
    default:
        out += "\\u00";
        out += hex[byte >> 4];
        out += hex[byte & 15];
    }
}

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

const node *node::find(std::string_view member) const {
    for (const node *child = first(); child != end(); child = child->next())
        if (child->name == member)
            return child;
    return nullptr;
}

void json_tree::shrink(std::size_t most_bytes) {
    if (nodes_.capacity() * sizeof(node) + bytes_.capacity() <= most_bytes)
        return;
    nodes_ = {};
    bytes_ = {};
}

std::string pointer_token(std::string_view name) {
    std::string token;
    for (const char c : name) {
        if (c == '~')
            token += "~0";
        else if (c == '/')
            token += "~1";
        else
            token += c;
    }
    return token;
}

void append_json_string(std::string &out, std::string_view text) {
    out += '"';
    std::size_t copied = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        out.append(text.substr(copied, at - copied));
        append_escape(out, byte);
        copied = at + 1;
    }
    out.append(text.substr(copied));
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

} // namespace smelt::extraction
