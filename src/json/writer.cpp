#include "smelt/json/writer.hpp"

#include "smelt/json/text_scan.hpp"

#include <vector>

namespace smelt::json_text {
namespace {

void append_begin(std::string &out, const node &value) {
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
        out += '[';
        break;
    case node_kind::object:
        out += '{';
        break;
    }
}

/// What stands between two children, and the name of the second.
void append_separator(std::string &out, const node &parent, const node &child) {
    if (&child != parent.first())
        out += ',';
    if (parent.is(node_kind::object)) {
        append_json_string(out, child.name);
        out += ':';
    }
}

bool is_container(const node &value) {
    return value.is(node_kind::array) || value.is(node_kind::object);
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

namespace {

// Without recursion: what a service sends may be nested as deep as it likes.
template <class Instead>
void append_tree(std::string &out, const node &value, const Instead &instead) {
    std::vector<const node *> open;
    for (const node *at = &value; at != value.end(); ++at) {
        if (!open.empty())
            append_separator(out, *open.back(), *at);
        if (const std::string *other = instead(*at)) {
            out += *other;
            at += at->span - 1;
        } else {
            append_begin(out, *at);
            if (is_container(*at))
                open.push_back(at);
        }
        for (; !open.empty() && open.back()->end() == at + 1; open.pop_back())
            out += open.back()->is(node_kind::object) ? '}' : ']';
    }
}

} // namespace

void append_json(std::string &out, const node &value) {
    append_tree(out, value, [](const node &) -> const std::string * { return nullptr; });
}

void append_json(std::string &out, const node &value, const std::function<const std::string *(const node &)> &instead) {
    append_tree(out, value, instead);
}

} // namespace smelt::json_text
