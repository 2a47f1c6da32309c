#include "repair.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/json/pointer.hpp"
#include "smelt/json/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <set>

namespace smelt::extraction {
namespace {

using namespace json_text;

constexpr std::size_t longest_shown = 200;

[[noreturn]] void refuse_path(std::string_view text, const std::string &setting) {
    throw usage_error{setting + ": \"" + std::string{text} + "\" is no path into the answer",
                      "write $, $.member, $.list[*] or $.list[*].member"};
}

std::string json_of(const node &value) {
    std::string text;
    append_json(text, value);
    return text;
}

std::string json_of(const std::string &text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::optional<std::string> alias(const node &value, const repair_step &step) {
    if (!value.is(node_kind::string))
        return std::nullopt;
    const auto word = lower_ascii(trim(value.text));
    for (const auto &[from, to] : step.words)
        if (lower_ascii(from) == word)
            return value.text == to ? std::nullopt : std::optional{json_of(to)};
    return std::nullopt;
}

std::optional<std::string> clamp(const node &value, const repair_step &step) {
    if (!value.is(node_kind::number))
        return std::nullopt;
    const auto number = std::strtod(std::string{value.text}.c_str(), nullptr);
    if (step.min && number < *step.min)
        return fmt::format("{}", *step.min);
    if (step.max && number > *step.max)
        return fmt::format("{}", *step.max);
    return std::nullopt;
}

/// The list without the elements for which `goes` holds.
std::optional<std::string> without(const node &list, const std::function<bool(const node &)> &goes) {
    if (!list.is(node_kind::array))
        return std::nullopt;
    std::string kept = "[";
    bool any = false;
    for (const auto &element : list.children()) {
        if (goes(element)) {
            any = true;
            continue;
        }
        if (kept.size() > 1)
            kept += ',';
        append_json(kept, element);
    }
    return any ? std::optional{kept + "]"} : std::nullopt;
}

std::optional<std::string> distinct(const node &list) {
    std::set<std::string> seen;
    return without(list, [&](const node &element) { return !seen.insert(json_of(element)).second; });
}

std::optional<std::string> keep_known(const node &list, const repair_step &step) {
    return without(list, [&](const node &element) {
        return !element.is(node_kind::string) || std::ranges::find(step.known, element.text) == step.known.end();
    });
}

std::optional<std::string> unwrap_single(const node &list) {
    return list.is(node_kind::array) && list.count == 1 ? std::optional{json_of(*list.first())} : std::nullopt;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Numbers in a text, as written: digits with at most one point between them, and a minus that follows no word.
std::vector<std::string> numbers_in(std::string_view text) {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_digit(text[i]))
            continue;
        const bool negative = i > 0 && text[i - 1] == '-' && (i == 1 || text[i - 2] == ' ' || text[i - 2] == ':');
        auto end = i;
        while (end < text.size() && is_digit(text[end]))
            ++end;
        if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1]))
            for (++end; end < text.size() && is_digit(text[end]);)
                ++end;
        found.push_back((negative ? "-" : "") + std::string{text.substr(i, end - i)});
        i = end;
    }
    return found;
}

/// "7", "Score: 7" and, where it is of 10, "7/10" and "7 of 10". Two numbers leave it open which is meant.
std::optional<std::string> number_from_text(const node &value, const repair_step &step) {
    if (!value.is(node_kind::string))
        return std::nullopt;
    auto numbers = numbers_in(value.text);
    if (numbers.size() == 2 && step.of && std::strtod(numbers[1].c_str(), nullptr) == *step.of)
        numbers.pop_back();
    if (numbers.size() != 1)
        return std::nullopt;
    auto &number = numbers.front(); // JSON has no leading zeros
    const auto first = number.find_first_not_of('0', number.front() == '-' ? 1 : 0);
    const auto digits = number.front() == '-' ? 1U : 0U;
    const auto keep = first == std::string::npos ? number.size() - 1 : number[first] == '.' ? first - 1 : first;
    number.erase(digits, keep - digits);
    return number;
}

std::optional<std::string> corrected(const node &value, const repair_step &step) {
    switch (step.type) {
    case repair_step::kind::alias:
        return alias(value, step);
    case repair_step::kind::clamp:
        return clamp(value, step);
    case repair_step::kind::distinct:
        return distinct(value);
    case repair_step::kind::keep_known:
        return keep_known(value, step);
    case repair_step::kind::unwrap_single:
        return unwrap_single(value);
    case repair_step::kind::number_from_text:
        return number_from_text(value, step);
    }
    return std::nullopt;
}

finding found_at(const std::string &pointer, const repair_step &step, const std::string &before,
                 const std::string &after) {
    finding one{std::string{to_string(step.type)}, false, step.cost, {}, {}};
    auto &repair = one.repair.emplace();
    repair.place = pointer;
    repair.before = clip_utf8(before, longest_shown);
    repair.after = clip_utf8(after, longest_shown);
    one.message = "repaired" + (pointer.empty() ? std::string{} : " at " + pointer) + ": " + repair.before +
                  " became " + repair.after;
    return one;
}

} // namespace

repair_path::repair_path(std::string_view text, const std::string &setting) {
    std::string_view rest = text;
    if (!rest.starts_with('$'))
        refuse_path(text, setting);
    rest.remove_prefix(1);
    while (!rest.empty()) {
        const bool by_name = rest.front() == '.';
        if (!by_name && rest.front() != '[')
            refuse_path(text, setting);
        rest.remove_prefix(1);
        const auto end = by_name ? std::min(rest.find_first_of(".[]"), rest.size()) : rest.find(']');
        if (end == 0 || end == std::string_view::npos)
            refuse_path(text, setting);
        const auto token = rest.substr(0, end);
        auto &added = steps_.emplace_back();
        if (by_name) {
            added.name = token;
        } else if (token != "*") {
            const auto [last, error] =
                std::from_chars(token.data(), token.data() + token.size(), added.index.emplace());
            if (error != std::errc{} || last != token.data() + token.size())
                refuse_path(text, setting);
        }
        rest.remove_prefix(by_name ? end : end + 1);
    }
}

std::vector<repair_path::match> repair_path::find(const node &root) const {
    std::vector<match> found{{&root, {}}};
    for (const auto &step : steps_) {
        std::vector<match> next;
        for (const auto &[value, pointer] : found) {
            if (!step.name.empty()) {
                if (const auto *member = value->is(node_kind::object) ? value->find(step.name) : nullptr)
                    next.push_back({member, pointer + "/" + pointer_token(step.name)});
                continue;
            }
            if (!value->is(node_kind::array))
                continue;
            std::size_t place = 0;
            for (const auto &element : value->children()) {
                if (!step.index || *step.index == place)
                    next.push_back({&element, pointer + "/" + std::to_string(place)});
                ++place;
            }
        }
        found = std::move(next);
    }
    return found;
}

std::optional<std::string> repaired(const node &root, const compiled_repair &repair, std::vector<finding> &findings) {
    std::map<const node *, std::string> instead;
    for (const auto &[value, pointer] : repair.path.find(root)) {
        auto text = corrected(*value, repair.step);
        if (!text)
            continue;
        findings.push_back(found_at(pointer, repair.step, json_of(*value), *text));
        instead.emplace(value, std::move(*text));
    }
    if (instead.empty())
        return std::nullopt;
    std::string out;
    append_json(out, root, [&](const node &value) -> const std::string * {
        const auto found = instead.find(&value);
        return found == instead.end() ? nullptr : &found->second;
    });
    return out;
}

} // namespace smelt::extraction
