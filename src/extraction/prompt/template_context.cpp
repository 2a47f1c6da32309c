#include "template_context.hpp"

#include "all_fields.hpp"

#include "smelt/extraction/compiled_task.hpp"
#include "smelt/json/path.hpp"
#include "smelt/json/writer.hpp"

namespace smelt::extraction {

using namespace json_text;
namespace {

/// What makes a section disappear, as in the original mustache: nothing, false, "" and the empty list.
bool is_nothing(const node *value) {
    if (value == nullptr)
        return true;
    switch (value->kind) {
    case node_kind::null:
        return true;
    case node_kind::boolean:
        return !value->truth;
    case node_kind::string:
        return value->text.empty();
    case node_kind::array:
        return value->count == 0;
    case node_kind::number:
    case node_kind::object:
        return false;
    }
    return false;
}

} // namespace

const node *find_field(const std::vector<const node *> &scopes, std::string_view name) {
    if (name == ".")
        return scopes.back();
    // A column called tasks.a.b does not hide the answer of a needed task, nor evidence.a what a rule pack has found.
    const auto top = name.substr(0, name.find('.'));
    const bool is_beside = (top == "tasks" || top == "evidence") && top.size() < name.size();
    if (const node *beside = is_beside && scopes.front()->is(node_kind::object) ? scopes.front()->find(top) : nullptr)
        if (const node *found = find_dotted(*beside, name.substr(top.size() + 1)))
            return found;
    for (std::size_t i = scopes.size(); i > 0; --i)
        if (const node *found = find_dotted(*scopes[i - 1], name))
            return found;
    return nullptr;
}

void append_value(std::string &out, const node &value) {
    if (value.is(node_kind::string))
        out += value.text;
    else
        append_json(out, value);
}

bool is_of_evidence(const node &record, std::string_view name) {
    const node *evidence = record.is(node_kind::object) ? record.find("evidence") : nullptr;
    return evidence != nullptr && evidence->is(node_kind::object) && name.substr(0, name.find('.')) == "evidence";
}

void missing_field(const std::string &name, const std::string &where) {
    throw render_error{"the field \"" + name + "\", which " + where + " names, is absent or null in this record"};
}

void template_context::push(const data *value) {
    const auto found = origin_.find(value);
    scopes_.push_back(found == origin_.end() ? scopes_.back() : found->second);
}

const template_context::data *template_context::get(const std::string &marked) const {
    const std::string name = marked.substr(1);
    const bool is_all = all_fields_ != nullptr && name == all_fields_name;
    const node *value = is_all ? all_fields_ : find_field(scopes_, name);
    if (marked.front() == as_section)
        return section(value);
    if (is_all)
        return &made_.emplace_back(field_lines(*all_fields_));
    std::string text;
    if (value != nullptr && !value->is(node_kind::null))
        append_value(text, *value);
    else if (!is_of_evidence(*scopes_.front(), name))
        missing_field(name, where_);
    return &made_.emplace_back(text);
}

const template_context::data *template_context::section(const node *value) const {
    if (is_nothing(value))
        return nullptr;
    if (!value->is(node_kind::array)) {
        const data *made = &made_.emplace_back(data::type::object);
        origin_[made] = value;
        return made;
    }
    data &list = made_.emplace_back(data::type::list);
    for (std::uint32_t i = 0; i < value->count; ++i)
        list.push_back(data{data::type::object});
    auto item = list.list_value().begin();
    for (const auto &child : value->children())
        origin_[&*item++] = &child;
    return &list;
}

} // namespace smelt::extraction
