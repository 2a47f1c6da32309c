#include "repair.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/json.hpp"
#include "smelt/base/text.hpp"
#include "smelt/json/pointer.hpp"
#include "smelt/json/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <set>

namespace smelt::extraction {
namespace {

using namespace json_text;

constexpr std::size_t longest_shown = 200;

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
        return std::ranges::none_of(step.known, [&](const json &known) {
            return known.is_string()
                       ? element.is(node_kind::string) && element.text == known.get_ref<const std::string &>()
                       : json_of(element) == known.dump();
        });
    });
}

std::optional<std::string> unwrap_single(const node &list) {
    return list.is(node_kind::array) && list.count == 1 ? std::optional{json_of(*list.first())} : std::nullopt;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

struct written_number {
    std::string text;      ///< as JSON writes it
    std::size_t begin = 0; ///< with its sign
    std::size_t end = 0;
};

/// Whether a minus, also the typographic one, stands directly before, and what stands before that is no word or number.
std::size_t sign_before(std::string_view text, std::size_t at) {
    constexpr std::string_view typographic = "\u2212";
    const auto before = text.substr(0, at);
    const std::size_t size = before.ends_with('-') ? 1 : before.ends_with(typographic) ? typographic.size() : 0;
    if (size == 0)
        return 0;
    const auto rest = before.substr(0, at - size);
    const bool is_joined = !rest.empty() && (std::isalnum(static_cast<unsigned char>(rest.back())) != 0);
    return is_joined ? 0 : size;
}

/// The number whose first digit, or point before it, stands there.
written_number number_at(std::string_view text, std::size_t at) {
    auto end = at;
    while (end < text.size() && is_digit(text[end]))
        ++end;
    if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1]))
        for (++end; end < text.size() && is_digit(text[end]);)
            ++end;
    const auto sign = sign_before(text, at);
    std::string digits{text.substr(at, end - at)};
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1)); // JSON has no leading zeros
    if (digits.front() == '.')
        digits.insert(0, "0");
    return {(sign > 0 ? "-" : "") + digits, at - sign, end};
}

std::vector<written_number> numbers_in(std::string_view text) {
    std::vector<written_number> found;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_point = text[i] == '.' && i + 1 < text.size() && is_digit(text[i + 1]);
        if (!is_digit(text[i]) && !is_point)
            continue;
        found.push_back(number_at(text, i));
        i = found.back().end - 1;
    }
    return found;
}

/// "7 of 10", "7/10" and "7 out of 10".
bool is_of(std::string_view text, const std::vector<written_number> &numbers, double whole) {
    const auto between = lower_ascii(trim(text.substr(numbers[0].end, numbers[1].begin - numbers[0].end)));
    return (between == "/" || between == "of" || between == "out of") &&
           std::strtod(numbers[1].text.c_str(), nullptr) == whole;
}

/// "7", "Score: 7" and, where it is of 10, "7/10". Two numbers leave it open which is meant, and a percent sign what
/// of.
std::optional<std::string> number_from_text(const node &value, const repair_step &step) {
    if (!value.is(node_kind::string) || value.text.find('%') != std::string_view::npos)
        return std::nullopt;
    const auto numbers = numbers_in(value.text);
    if (numbers.size() == 1 || (numbers.size() == 2 && step.of && is_of(value.text, numbers, *step.of)))
        return numbers.front().text;
    return std::nullopt;
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
    const auto made = step.type == repair_step::kind::unwrap_single ? "a list of one became its element"
                                                                    : repair.before + " became " + repair.after;
    one.message = "repaired" + (pointer.empty() ? std::string{} : " at " + pointer) + ": " + made;
    return one;
}

} // namespace

repair_path::repair_path(std::string_view text, const std::string &setting) {
    auto steps = parse_path(text);
    if (!steps)
        throw usage_error{setting + ": \"" + std::string{text} + "\" is no path into the answer",
                          "write $, $.member, $.list[*] or $.list[*].member"};
    steps_ = std::move(*steps);
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
