#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/config/url_template.hpp"
#include "smelt/json/path.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json/writer.hpp"
#include "smelt/source/http_pages.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace smelt::source {
namespace {

using json_text::json_tree;
using json_text::node;
using json_text::node_kind;

constexpr json_text::read_rules page_rules{
    .numbers = json_text::number_range::numeric, .storable_text = true, .names = json_text::unique_names::outermost};

/// Stands in the place of a record that is left out.
constexpr std::string_view left_out_mark = "smelt: left out";

void read(std::string_view body, json_tree &tree) {
    const auto result = json_text::read_json(body, tree, page_rules);
    if (result.error != json_text::read_error::none)
        throw usage_error{"the answer cannot be read as JSON: " + json_text::describe(result) + " (at byte " +
                          std::to_string(result.offset + 1) + ")"};
}

std::vector<const node *> at(const node &value, const std::string &path) {
    const auto steps = json_text::parse_path(path);
    return steps ? json_text::nodes_at(value, *steps) : std::vector<const node *>{};
}

/// "there are: a, b": what a path might have meant.
std::string what_stands_in(const node &value) {
    if (!value.is(node_kind::object))
        return "the answer is no object";
    constexpr std::size_t most = 10;
    std::string names;
    std::size_t n = 0;
    for (const auto &member : value.children())
        if (++n <= most)
            names += (names.empty() ? "" : ", ") + std::string{member.name};
    return names.empty() ? "the answer is empty" : "there are: " + names + (n > most ? ", ..." : "");
}

/// What stands there, which may be an empty list, or null instead of one. Throws usage_error when the path leads
/// nowhere.
std::vector<const node *> list_at(const node &value, const std::string &path) {
    auto found = at(value, path);
    auto steps = json_text::parse_path(path).value_or(std::vector<json_text::path_step>{});
    if (!found.empty() || steps.empty() || !steps.back().is_each())
        return found;
    steps.pop_back();
    const auto lists = json_text::nodes_at(value, steps);
    const auto is_list = [](const node *one) {
        return one->is(node_kind::array) || one->is(node_kind::object) || one->is(node_kind::null);
    };
    if (!std::ranges::any_of(lists, is_list) && !std::ranges::any_of(steps, &json_text::path_step::is_each))
        throw usage_error{"records: nothing stands at " + path + "; " + what_stands_in(value)};
    return found;
}

/// Of a text or a number; empty for all else.
std::string scalar(const node &value) {
    return value.is(node_kind::string) || value.is(node_kind::number) ? std::string{value.text} : std::string{};
}

std::optional<std::int64_t> last_page(const node &page, const std::string &path) {
    const auto found = at(page, path);
    const auto text = found.empty() ? std::string{} : scalar(*found.front());
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || number < 0)
        throw usage_error{"pages.last: at " + path + " stands no number of pages"};
    return number;
}

std::string join_text(const std::string &first, const std::string &second) {
    return first.empty() || second.empty() ? first + second : first + "\n\n" + second;
}

std::string text_of_part(const node &part, const config::http_detail_spec &spec) {
    std::string text;
    for (const auto &path : spec.text) {
        const auto found = at(part, path);
        text = found.empty() ? std::string{} : scalar(*found.front());
        if (!trim(text).empty())
            break;
    }
    if (trim(text).empty())
        return {};
    const auto title = spec.title.empty() ? std::vector<const node *>{} : at(part, spec.title);
    const auto name = title.empty() ? std::string{} : scalar(*title.front());
    return name.empty() ? text : "=== " + name + " ===\n" + text;
}

} // namespace

list_page read_list_page(std::string_view body, const config::http_list_spec &spec) {
    json_tree tree;
    read(body, tree);
    list_page page;
    for (const auto *record : list_at(tree.root(), spec.records)) {
        if (!record->is(node_kind::object))
            throw usage_error{"records: at " + spec.records + " stands something that is no object"};
        if (record->find(left_out_mark) == nullptr)
            json_text::append_json(page.records.emplace_back(), *record);
    }
    if (!spec.last.empty())
        page.last = last_page(tree.root(), spec.last);
    if (!spec.next.empty())
        if (const auto found = at(tree.root(), spec.next); !found.empty())
            page.next = scalar(*found.front());
    if (page.records.empty() && !spec.records.ends_with("[*]"))
        throw usage_error{"records: nothing stands at " + spec.records + "; " + what_stands_in(tree.root())};
    return page;
}

std::string without_records(std::string_view body, const config::http_list_spec &spec,
                            const std::function<bool(const std::string &)> &is_left_out) {
    json_tree tree;
    read(body, tree);
    std::set<const node *> left_out;
    for (const auto *record : list_at(tree.root(), spec.records)) {
        std::string text;
        json_text::append_json(text, *record);
        if (is_left_out(text))
            left_out.insert(record);
    }
    if (left_out.empty())
        return std::string{body};
    const auto mark = "{\"" + std::string{left_out_mark} + "\":true}";
    std::string rest;
    json_text::append_json(rest, tree.root(),
                           [&](const node &value) { return left_out.contains(&value) ? &mark : nullptr; });
    return rest;
}

detail_text read_detail(std::string_view body, std::string_view record, const config::http_detail_spec &spec) {
    detail_text detail;
    json_tree tree;
    if (!body.empty()) {
        read(body, tree);
        for (const auto *part : list_at(tree.root(), spec.records)) {
            const auto text = text_of_part(*part, spec);
            ++detail.parts;
            detail.texts += text.empty() ? 0 : 1;
            detail.text = join_text(detail.text, text);
        }
    }
    if (detail.text.empty()) {
        read(record, tree);
        for (const auto &field : spec.others)
            if (const auto *value = json_text::find_dotted(tree.root(), field); value != nullptr)
                detail.text = join_text(detail.text, scalar(*value));
    }
    if (spec.max_bytes > 0 && detail.text.size() > static_cast<std::size_t>(spec.max_bytes)) {
        detail.text = clip_utf8(detail.text, static_cast<std::size_t>(spec.max_bytes));
        detail.is_truncated = true;
    }
    return detail;
}

std::string with_fetched(std::string_view record, const config::http_source_spec &spec,
                         const std::optional<detail_text> &detail, const std::vector<std::string> &origins) {
    json_tree tree;
    read(record, tree);
    auto out = std::string{trim(record)};
    out.pop_back();
    bool is_first = tree.root().count == 0;
    const auto add = [&](std::string_view name, const auto &write) {
        if (tree.root().find(name) != nullptr)
            throw usage_error{"a record of the list has a field called " + std::string{name} +
                                  ", which is the name of what is added to it",
                              name == spec.detail.value_or(config::http_detail_spec{}).field
                                  ? "give the text another name: detail: {field: NAME}"
                                  : "the list cannot be used as it is"};
        out += is_first ? "" : ",";
        is_first = false;
        json_text::append_json_string(out, name);
        out += ':';
        write();
    };
    if (detail) {
        add(spec.detail->field, [&] { json_text::append_json_string(out, detail->text); });
        if (spec.detail->max_bytes > 0)
            add(truncated_field, [&] { out += detail->is_truncated ? "true" : "false"; });
    }
    if (!spec.list.ids.empty())
        add(origins_field, [&] {
            out += '[';
            for (std::size_t i = 0; i < origins.size(); ++i) {
                out += i == 0 ? "" : ",";
                json_text::append_json_string(out, origins[i]);
            }
            out += ']';
        });
    return out + '}';
}

namespace {

/// Empty where it is absent or null.
std::string named_value(const node &record, std::string_view name) {
    const auto *value = json_text::find_dotted(record, name);
    return value == nullptr ? std::string{} : scalar(*value);
}

} // namespace

std::optional<std::string> detail_url(std::string_view record, const config::http_detail_spec &spec) {
    json_tree tree;
    read(record, tree);
    return config::url_template{spec.url}.fill([&](std::string_view name) -> std::optional<std::string> {
        auto text = named_value(tree.root(), name);
        return text.empty() ? std::nullopt : std::optional{std::move(text)};
    });
}

std::string missing_of_url(std::string_view record, const config::http_detail_spec &spec) {
    json_tree tree;
    read(record, tree);
    const auto names = config::url_template{spec.url}.names();
    const auto missing =
        std::ranges::find_if(names, [&](const auto &name) { return named_value(tree.root(), name).empty(); });
    return missing == names.end() ? std::string{} : *missing;
}

} // namespace smelt::source
