#include "reason.hpp"

#include "numbers.hpp"
#include "wire.hpp"

#include "smelt/base/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace smelt::provider {
namespace {

constexpr int deepest = 16;
constexpr std::size_t most_members = 32;
constexpr std::size_t longest_page = 300; ///< shown of what is no error object

json number_value(std::string_view text) {
    if (const auto whole = parsed<std::int64_t>(text))
        return *whole;
    const auto value = parsed<double>(text);
    return value && std::isfinite(*value) ? json(*value) : json(std::string{text});
}

/// As deep and wide as a reason can be; the rest is left out.
json document_of(const node &value, int depth = 0) {
    switch (value.kind) {
    case node_kind::null:
        return nullptr;
    case node_kind::boolean:
        return value.truth;
    case node_kind::number:
        return number_value(value.text);
    case node_kind::string:
        return std::string{value.text};
    case node_kind::array:
    case node_kind::object:
        break;
    }
    if (depth == deepest)
        return nullptr;
    json out = value.is(node_kind::array) ? json::array() : json::object();
    for (const auto &inner : value.children()) {
        if (out.size() == most_members)
            break;
        if (value.is(node_kind::array))
            out.push_back(document_of(inner, depth + 1));
        else
            out[std::string{inner.name}] = document_of(inner, depth + 1);
    }
    return out;
}

std::string written(const json &value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// {"loc":["body","endpoint"]} as "body.endpoint: ", where a refused body is wrong.
std::string place_of(const json &entry) {
    const auto *steps = find_member(entry, "loc");
    if (steps == nullptr || !steps->is_array() || steps->empty())
        return {};
    std::string out;
    for (const auto &step : *steps)
        out += (out.empty() ? "" : ".") + (step.is_string() ? step.get<std::string>() : written(step));
    return out + ": ";
}

reason reason_at(const json &value, int depth);

reason reason_in_list(const json &list, int depth) {
    reason out;
    for (const auto &entry : list) {
        auto one = reason_at(entry, depth);
        if (one.message.empty())
            continue;
        out.message += (out.message.empty() ? "" : "; ") + place_of(entry) + one.message;
        if (out.code.empty())
            out.code = std::move(one.code);
    }
    return out;
}

reason reason_in_object(const json &object, int depth) {
    static constexpr std::array names{"error", "message",     "detail", "msg",   "errors",     "data",
                                      "title", "description", "reason", "fault", "faultstring"};
    reason out;
    for (const auto *name : names)
        if (const auto *inner = find_member(object, name)) {
            out = reason_at(*inner, depth);
            if (!out.message.empty())
                break;
        }
    if (auto own = code_of(object); !own.empty() && (out.code.empty() || find_member(object, "error") == nullptr))
        out.code = std::move(own);
    return out;
}

reason reason_at(const json &value, int depth) {
    if (value.is_string())
        return {{}, std::string{trim(value.get_ref<const std::string &>())}};
    if (depth == deepest)
        return {};
    if (value.is_array())
        return reason_in_list(value, depth + 1);
    return value.is_object() ? reason_in_object(value, depth + 1) : reason{};
}

/// What a page says to those who read it: its text without tags, scripts and styles.
std::string text_of_page(std::string_view page) {
    std::string out;
    while (!page.empty()) {
        const auto tag = page.find('<');
        out += page.substr(0, tag);
        if (tag == std::string_view::npos)
            break;
        page.remove_prefix(tag);
        const auto name = lower_ascii(page.substr(1, 6));
        std::string_view end = ">";
        if (name.starts_with("script"))
            end = "</script>";
        else if (name.starts_with("style"))
            end = "</style>";
        const auto stop = page.find(end);
        page.remove_prefix(stop == std::string_view::npos ? page.size() : stop + end.size());
        out += ' ';
    }
    return out;
}

std::string one_blank_each(std::string_view text) {
    std::string out;
    for (const char c : trim(text)) {
        const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
        if (!blank)
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    return out;
}

reason page_reason(std::string_view body) {
    const auto start = trim(body.substr(0, 1024));
    const auto text = one_blank_each(start.starts_with('<') ? text_of_page(body) : std::string{body});
    return {{}, std::string{clip_utf8(text, longest_page)}};
}

} // namespace

reason reason_in(const json &document) {
    auto out = reason_at(document, 0);
    if (out.message.empty() && !document.is_null() && !document.empty() && out.code.empty())
        out.message = clip_utf8(written(document), longest_page);
    return out;
}

reason reason_in(const node &document) {
    return reason_in(document_of(document));
}

reason reason_of(std::string_view body) {
    if (is_too_deep(body))
        return {{}, "JSON that is nested too deep to be read"};
    const auto document = parse_body(body);
    return document.is_structured() ? reason_in(document) : page_reason(body);
}

const node *error_member(const node &object) {
    const auto *error = member(object, "error");
    if (error == nullptr)
        return nullptr;
    const auto says = [](const node &value) {
        return !value.is(node_kind::null) && !(value.is(node_kind::string) && value.text.empty());
    };
    switch (error->kind) {
    case node_kind::boolean:
        return error->truth ? error : nullptr;
    case node_kind::string:
        return says(*error) ? error : nullptr;
    case node_kind::array:
        return error->has_elements() ? error : nullptr;
    case node_kind::object: {
        const auto members = error->children();
        return std::any_of(members.begin(), members.end(), says) ? error : nullptr;
    }
    default:
        return error;
    }
}

std::string sentence_of(const reason &why) {
    if (why.code.empty() || why.code == why.message)
        return why.message;
    return why.message.empty() ? why.code : why.code + ": " + why.message;
}

std::optional<int> status_in(std::string_view code) {
    const auto number = number_in(code);
    return number && *number >= 100 && *number <= 599 ? std::optional{static_cast<int>(*number)} : std::nullopt;
}

bool is_passing_status(std::int64_t status) {
    return status == 0 || status == 408 || status == 409 || status == 429 || status >= 500;
}

bool is_passing_word(std::string_view code) {
    static constexpr std::array<std::string_view, 15> words{
        "server_error", "rate_limit", "ratelimit", "too_many", "toomany",   "timeout",  "timed_out",     "overload",
        "unavailable",  "internal",   "exhausted", "throttl",  "try_again", "capacity", "quota_exceeded"};
    const auto name = lower_ascii(code);
    return std::any_of(words.begin(), words.end(), [&](auto word) { return name.find(word) != std::string::npos; });
}

} // namespace smelt::provider
