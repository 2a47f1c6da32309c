#include "prompt_template.hpp"

#include "template_context.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json/reader.hpp"

#include <algorithm>

namespace smelt::extraction {

using namespace json_text;
namespace {

using kind = template_part::kind;

struct string_sink {
    std::string text;
    string_sink &operator<<(const std::string &piece) {
        text += piece;
        return *this;
    }
};

std::string tag_text(const template_part &part) {
    switch (part.type) {
    case kind::text:
        return part.text;
    case kind::value:
        return std::string{"{{&"} + template_context::as_text + part.text + "}}";
    case kind::section:
        return std::string{"{{#"} + template_context::as_section + part.text + "}}";
    case kind::inverted:
        return std::string{"{{^"} + template_context::as_section + part.text + "}}";
    case kind::end:
        return std::string{"{{/"} + template_context::as_section + part.text + "}}";
    }
    return {};
}

/// What an element of all_fields has.
bool is_member_of_listed(std::string_view name) {
    return name == "name" || name == "label" || name == "value";
}

constexpr std::string_view blanks = " \t\r";

bool is_tag_of_section(const template_part &part) {
    return part.type == kind::section || part.type == kind::inverted || part.type == kind::end;
}

/// Whether only blanks stand between the last newline and the end of the text.
bool ends_a_line(const template_part *before) {
    if (before == nullptr)
        return true;
    if (before->type != kind::text)
        return false;
    const auto last = before->text.find_last_not_of(blanks);
    return last != std::string::npos && before->text[last] == '\n';
}

/// Whether only blanks stand before the text's first newline.
bool begins_a_line(const template_part *after) {
    if (after == nullptr)
        return true;
    if (after->type != kind::text)
        return false;
    const auto first = after->text.find_first_not_of(blanks);
    return first != std::string::npos && after->text[first] == '\n';
}

/// A section's tag alone on its line leaves no empty line behind (mustache(5), "standalone tags").
void drop_standalone_lines(std::vector<template_part> &parts) {
    std::vector<std::size_t> alone;
    const auto at = [&](std::size_t i) { return i < parts.size() ? &parts[i] : nullptr; };
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (is_tag_of_section(parts[i]) && ends_a_line(i == 0 ? nullptr : &parts[i - 1]) && begins_a_line(at(i + 1)))
            alone.push_back(i);
    for (const auto i : alone) {
        if (i > 0)
            parts[i - 1].text.erase(parts[i - 1].text.find_last_not_of(blanks) + 1);
        if (auto *after = at(i + 1))
            after->text.erase(0, after->text.find('\n') + 1);
    }
}

} // namespace

prompt_template::prompt_template(std::string_view source, std::string where, const field_choice &choice)
    : where_{std::move(where)}, choice_{choice}, parts_{scan_template(source, where_)} {
    collect_fields();
    drop_standalone_lines(parts_);
    if (std::any_of(parts_.begin(), parts_.end(),
                    [](const template_part &p) { return p.type == kind::section || p.type == kind::inverted; }))
        build_mustache();
}

void prompt_template::collect_fields() {
    int depth = 0;
    int inside_all = 0; ///< depth within a section over all_fields, whose names are those of its elements; 0: none
    for (const template_part &part : parts_) {
        depth += part.type == kind::section || part.type == kind::inverted ? 1 : part.type == kind::end ? -1 : 0;
        const bool of_element = inside_all > 0 && depth >= inside_all && is_member_of_listed(part.text);
        if (part.type == kind::text || part.text == "." || of_element)
            continue;
        if (part.text == all_fields_name) {
            names_all_ = true;
            inside_all = part.type == kind::section ? depth : part.type == kind::end ? 0 : inside_all;
            continue;
        }
        fields_.insert(part.text);
        if (part.type == kind::value && (depth == 0 || (inside_all == 1 && depth == 1)))
            required_.insert(part.text);
    }
}

void prompt_template::build_mustache() {
    std::string source;
    for (const template_part &part : parts_)
        source += tag_text(part);
    engine_ = std::make_unique<kainjow::mustache::mustache>(source);
    if (!engine_->is_valid())
        throw usage_error{where_ + ": " + engine_->error_message()};
}

std::string prompt_template::render(const node &record) const {
    json_tree list;
    if (names_all_)
        read_json(list_fields(record, choice_), list);
    const node *all_fields = names_all_ ? &list.root() : nullptr;
    if (!engine_)
        return render_plain(record, all_fields);
    template_context context{record, all_fields, where_};
    string_sink sink;
    engine_->render(context, sink);
    return std::move(sink.text);
}

std::string prompt_template::render_plain(const node &record, const node *all_fields) const {
    const std::vector<const node *> scopes{&record};
    std::string out;
    for (const template_part &part : parts_) {
        if (part.type == kind::text) {
            out += part.text;
            continue;
        }
        if (part.text == all_fields_name) {
            out += field_lines(*all_fields);
            continue;
        }
        const node *value = find_field(scopes, part.text);
        if (value != nullptr && !value->is(node_kind::null))
            append_value(out, *value);
        else if (!is_of_evidence(record, part.text))
            missing_field(part.text, where_);
    }
    return out;
}

} // namespace smelt::extraction
