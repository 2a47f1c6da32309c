#include "object_row.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/config/suggest.hpp"
#include "smelt/json/path.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json/text_scan.hpp"
#include "smelt/json/writer.hpp"
#include "smelt/source/reader.hpp"

#include <algorithm>

namespace smelt::source {
namespace {

using json_text::node;
using json_text::node_kind;

constexpr json_text::read_rules record_rules{
    .numbers = json_text::number_range::numeric, .storable_text = true, .names = json_text::unique_names::outermost};

std::string written(const node &value) {
    std::string out;
    json_text::append_json(out, value);
    return out;
}

/// In the order of the names.
std::set<std::string> names_that_count(const node &object, const std::set<std::string> &content) {
    std::set<std::string> names;
    for (const auto &member : object.children())
        if (is_content(content, member.name))
            names.emplace(member.name);
    return names;
}

/// Why a text is no object that can be a record, and at which byte.
struct problem {
    std::string message; ///< empty: none
    std::size_t at = 0;
};

problem problem_of(const json_text::read_result &read, const json_text::json_tree &tree) {
    if (read.error != json_text::read_error::none)
        return {json_text::describe(read), read.offset};
    if (!tree.root().is(node_kind::object))
        return {"not a JSON object", 0};
    return {};
}

} // namespace

std::vector<std::string> names_of(const node &object) {
    std::vector<std::string> names;
    for (const auto &member : object.children())
        names.emplace_back(member.name);
    return names;
}

object_row::object_row(const config::source_spec &spec, std::string where, std::set<std::string> content_fields)
    : spec_{spec.key},
      where_{std::move(where)},
      content_{std::move(content_fields)},
      derived_{spec.derive, where_},
      maker_{spec.key} {}

void object_row::read(std::string_view object_json, std::int64_t line, std::int64_t number, const std::string &shape,
                      row &into) {
    constexpr std::size_t most_kept = 1 << 20;
    thread_local json_text::json_tree tree; // its memory serves the next record
    parse(object_json, line, shape, tree);
    into.fields = trim(object_json);
    if (!derived_.empty()) {
        into.fields = with_derived(into.fields, tree.root(), line);
        parse(into.fields, line, shape, tree);
    }
    into.key = key_of(tree.root(), line, number);
    into.content_hash = content_hash(tree.root());
    into.line = line;
    remember_columns(tree.root());
    tree.shrink(most_kept);
}

void object_row::parse(std::string_view object_json, std::int64_t line, const std::string &shape,
                       json_text::json_tree &tree) const {
    const auto text = trim(object_json);
    const auto read = json_text::read_json(text, tree, record_rules);
    if (const auto found = problem_of(read, tree); !found.message.empty()) {
        const auto blanks = static_cast<std::size_t>(text.data() - object_json.data());
        fail(line, found.message + " (at byte " + std::to_string(blanks + found.at + 1) + ")", shape);
    }
}

std::string object_row::with_derived(std::string_view object_json, const node &object, std::int64_t line) const {
    std::string out{object_json.substr(0, object_json.size() - 1)};
    for (std::size_t i = 0; i < derived_.specs().size(); ++i) {
        const auto &field = derived_.specs()[i];
        if (object.find(field.name) != nullptr)
            derived_.fail_taken(i, line);
        const auto *from = json_text::find_dotted(object, field.from);
        if (from == nullptr)
            derived_.fail_absent(i, line, names_of(object));
        out += ',';
        json_text::append_json_string(out, field.name);
        out += ':';
        json_text::append_json_string(
            out, derived_.value(i, from->is(node_kind::string) ? std::string{from->text} : written(*from), line));
    }
    return out + "}";
}

void object_row::fail(std::int64_t line, const std::string &message, const std::string &hint) const {
    throw file_error{where_, static_cast<int>(line), message, hint};
}

std::string object_row::key_of(const node &object, std::int64_t line, std::int64_t number) {
    if (spec_.type == config::key_spec::kind::row)
        return key_maker::of_row(where_, number);
    std::vector<std::string> texts;
    for (const auto &field : spec_.fields)
        texts.push_back(value_of(object, field, line));
    auto key = maker_.of_values({texts.begin(), texts.end()});
    check_key(key, where_, line);
    return key;
}

/// Text or a whole number: anything else has more than one spelling. In a hash anything counts by its JSON text.
std::string object_row::value_of(const node &object, const std::string &field, std::int64_t line) const {
    const auto *member = json_text::find_dotted(object, field);
    if (!member)
        fail(line,
             "the object has no \"" + field + "\", which is " +
                 (spec_.fields.size() == 1 ? "the key" : "part of the key"),
             config::did_you_mean(field, names_of(object)));
    const bool whole = member->is(node_kind::number) && member->text.find_first_of(".eE") == std::string_view::npos;
    if (whole || member->is(node_kind::string))
        return std::string{member->text};
    if (spec_.type == config::key_spec::kind::hash)
        return written(*member);
    fail(line, "the key \"" + field + "\" must be text or a whole number",
         "it is " + std::string{clip_utf8(written(*member), 80)});
}

std::string object_row::content_hash(const node &object) {
    const bool are_all = content_.contains("*");
    for (const auto &field : are_all ? names_that_count(object, content_) : content_) {
        const auto *member = json_text::find_dotted(object, field);
        if (!member)
            hash_.add(field, content_kind::absent);
        else if (member->is(node_kind::null))
            hash_.add(field, content_kind::null);
        else if (member->is(node_kind::string))
            hash_.add(field, content_kind::text, member->text);
        else
            hash_.add(field, content_kind::other, written(*member));
    }
    return hash_.hex();
}

/// Most records have the names of the one before.
void object_row::remember_columns(const node &object) {
    const auto children = object.children();
    const bool is_same =
        object.count == last_.size() &&
        std::ranges::equal(children, last_, [](const node &child, const auto &name) { return child.name == name; });
    if (is_same)
        return;
    last_.clear();
    for (const auto &child : children) {
        last_.emplace_back(child.name);
        if (known_.emplace(child.name).second)
            columns_.emplace_back(child.name);
    }
}

query_rows::query_rows(const config::source_spec &spec, const std::set<std::string> &content_fields, std::string where)
    : rows_{std::make_unique<object_row>(spec, where, content_fields)}, where_{std::move(where)} {}

query_rows::~query_rows() = default;

row query_rows::read(std::string_view object_json) {
    ++number_;
    if (const auto bad = json_text::find_unstorable(object_json); bad != std::string_view::npos)
        throw file_error{where_, static_cast<int>(number_), "not UTF-8, or NUL, at byte " + std::to_string(bad + 1)};
    row result;
    rows_->read(object_json, number_, number_, "each row must be one JSON object", result);
    return result;
}

} // namespace smelt::source
