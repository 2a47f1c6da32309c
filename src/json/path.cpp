#include "smelt/json/path.hpp"

#include <algorithm>
#include <charconv>

namespace smelt::json_text {
namespace {

/// What would be another language's quoting or wildcards is no name.
bool is_name(std::string_view token) {
    return !token.empty() && token.find_first_of("*\"'[] \t\r\n") == std::string_view::npos;
}

std::optional<path_step> parse_place(std::string_view token) {
    path_step step;
    if (token == "*")
        return step;
    const auto *end = token.data() + token.size();
    const auto [last, error] = std::from_chars(token.data(), end, step.index.emplace());
    return error == std::errc{} && last == end ? std::optional{step} : std::nullopt;
}

} // namespace

std::optional<std::vector<path_step>> parse_path(std::string_view text) {
    if (!text.starts_with('$'))
        return std::nullopt;
    std::vector<path_step> steps;
    for (text.remove_prefix(1); !text.empty();) {
        const bool by_name = text.front() == '.';
        if (!by_name && text.front() != '[')
            return std::nullopt;
        text.remove_prefix(1);
        const auto end = by_name ? std::min(text.find_first_of(".["), text.size()) : text.find(']');
        if (end == std::string_view::npos)
            return std::nullopt;
        const auto token = text.substr(0, end);
        if (by_name && !is_name(token))
            return std::nullopt;
        auto step = by_name ? std::optional{path_step{std::string{token}, {}}} : parse_place(token);
        if (!step)
            return std::nullopt;
        steps.push_back(std::move(*step));
        text.remove_prefix(by_name ? end : end + 1);
    }
    return steps;
}

std::vector<const node *> nodes_at(const node &value, const std::vector<path_step> &path) {
    std::vector<const node *> found{&value};
    for (const auto &step : path) {
        std::vector<const node *> next;
        for (const node *at : found) {
            if (!step.name.empty()) {
                if (const node *member = at->is(node_kind::object) ? at->find(step.name) : nullptr)
                    next.push_back(member);
                continue;
            }
            if (!at->is(node_kind::array) && !(step.is_each() && at->is(node_kind::object)))
                continue;
            std::size_t place = 0;
            for (const auto &child : at->children())
                if (step.is_each() || place++ == *step.index)
                    next.push_back(&child);
        }
        found = std::move(next);
    }
    return found;
}

const node *find_dotted(const node &value, std::string_view name) {
    if (!value.is(node_kind::object))
        return nullptr;
    if (const node *whole = value.find(name))
        return whole;
    for (auto dot = name.rfind('.'); dot != std::string_view::npos && dot > 0; dot = name.rfind('.', dot - 1))
        if (const node *first = value.find(name.substr(0, dot)))
            if (const node *found = find_dotted(*first, name.substr(dot + 1)))
                return found;
    return nullptr;
}

} // namespace smelt::json_text
