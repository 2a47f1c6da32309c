#include "prompt_template.hpp"

#include "template_context.hpp"

#include "smelt/core/error.hpp"

#include <algorithm>

namespace smelt::extraction {
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

} // namespace

prompt_template::prompt_template(std::string_view source, std::string where)
    : where_{std::move(where)}, parts_{scan_template(source, where_)} {
    collect_fields();
    if (std::any_of(parts_.begin(), parts_.end(),
                    [](const template_part &p) { return p.type == kind::section || p.type == kind::inverted; }))
        build_mustache();
}

void prompt_template::collect_fields() {
    int depth = 0;
    for (const template_part &part : parts_) {
        depth += part.type == kind::section || part.type == kind::inverted ? 1 : part.type == kind::end ? -1 : 0;
        if (part.type == kind::text || part.text == ".")
            continue;
        const auto field = part.text.substr(0, part.text.find('.'));
        fields_.insert(field);
        if (part.type == kind::value && depth == 0)
            required_.insert(field);
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
    if (!engine_)
        return render_plain(record);
    template_context context{record, where_};
    string_sink sink;
    engine_->render(context, sink);
    return std::move(sink.text);
}

std::string prompt_template::render_plain(const node &record) const {
    const std::vector<const node *> scopes{&record};
    std::string out;
    for (const template_part &part : parts_) {
        if (part.type == kind::text) {
            out += part.text;
            continue;
        }
        const node *value = find_field(scopes, part.text);
        if (value == nullptr || value->is(node_kind::null))
            missing_field(part.text, where_);
        append_value(out, *value);
    }
    return out;
}

} // namespace smelt::extraction
