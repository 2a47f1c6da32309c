
#include "smelt/extraction/compiled_task.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json/show.hpp"
#include "smelt/json/tree.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace smelt::extraction {

using namespace json_text;
namespace {

const node *element(const node &list, std::string_view index) {
    std::size_t place = 0;
    const auto [end, error] = std::from_chars(index.data(), index.data() + index.size(), place);
    if (error != std::errc{} || end != index.data() + index.size() || place >= list.count)
        return nullptr;
    const node *at = list.first();
    for (; place > 0; --place)
        at = at->next();
    return at;
}

const node *member(const node &value, const std::string &name) {
    if (value.is(node_kind::object))
        return value.find(name);
    return value.is(node_kind::array) ? element(value, name) : nullptr;
}

bool is_name(std::string_view text) {
    return !text.empty() && (std::isalpha(static_cast<unsigned char>(text.front())) != 0 || text.front() == '_') &&
           std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-'; });
}

/// The first NAME between the two.
std::string_view between(std::string_view text, std::string_view open, std::string_view close) {
    for (auto at = text.find(open); at != std::string_view::npos; at = text.find(open, at + 1)) {
        const auto begin = at + open.size();
        const auto name = text.substr(begin, std::min(text.find(close, begin), text.size()) - begin);
        if (name.size() <= 60 && is_name(name))
            return name;
    }
    return {};
}

} // namespace

std::string describe_member(std::string_view output, const std::vector<std::string> &path) {
    json_tree tree;
    if (read_json(output, tree).error != read_error::none)
        return "unreadable";
    const node *at = &tree.root();
    for (const auto &name : path) {
        at = member(*at, name);
        if (at == nullptr)
            return "null (it is missing)";
    }
    return shown(*at);
}

std::string likely_field(std::string_view prompt) {
    constexpr std::string_view forms[][2] = {{"${", "}"}, {"{", "}"}, {"%(", ")"}, {"<<", ">>"}, {"[[", "]]"}};
    for (const auto &[open, close] : forms)
        if (const auto name = between(prompt, open, close); !name.empty())
            return std::string{open} + std::string{name} + std::string{close} +
                   " names no field; a field is written {{" + std::string{name} + "}}";
    return {};
}

} // namespace smelt::extraction
