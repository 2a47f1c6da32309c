#include "smelt/json_schema/pattern.hpp"

#include "smelt/base/text.hpp"

#include <boost/regex.hpp>

#include <algorithm>
#include <stdexcept>

namespace smelt::json_schema {

struct pattern::compiled {
    boost::basic_regex<wchar_t, boost::cpp_regex_traits<wchar_t>> regex;
};

pattern::pattern(std::string_view expression) : expression_{expression}, compiled_{std::make_unique<compiled>()} {
    try {
        compiled_->regex.assign(translate_pattern(expression), boost::regex_constants::perl);
    } catch (const boost::regex_error &e) {
        const std::string reason{e.what()};
        throw std::invalid_argument{reason.substr(0, reason.find(".  "))};
    }
}

pattern::~pattern() = default;
pattern::pattern(pattern &&other) noexcept = default;
pattern &pattern::operator=(pattern &&other) noexcept = default;

pattern::answer pattern::match(std::string_view subject) const {
    try {
        return boost::regex_search(code_points(subject), compiled_->regex) ? answer::matches : answer::differs;
    } catch (const std::runtime_error &) {
        return answer::too_hard;
    }
}

namespace {

/// Where the n-th code point of a valid text begins.
std::size_t byte_of(std::string_view text, std::size_t n) {
    std::size_t at = 0;
    for (; n > 0; --n)
        at += first_code_point(text.substr(at)).length;
    return at;
}

} // namespace

std::optional<std::string> pattern::capture(std::string_view subject) const {
    const auto wide = code_points(subject);
    boost::wsmatch found;
    try {
        if (!boost::regex_search(wide, found, compiled_->regex))
            return std::nullopt;
    } catch (const std::runtime_error &) {
        return std::nullopt;
    }
    const std::size_t group = found.size() > 1 ? 1 : 0;
    if (!found[static_cast<int>(group)].matched)
        return std::nullopt;
    const auto begin = byte_of(subject, static_cast<std::size_t>(found.position(group)));
    const auto rest = subject.substr(begin);
    return std::string{rest.substr(0, byte_of(rest, static_cast<std::size_t>(found.length(static_cast<int>(group)))))};
}

std::size_t count_code_points(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::wstring code_points(std::string_view text) {
    static_assert(sizeof(wchar_t) == 4, "a wchar_t holds any code point");
    std::wstring wide;
    wide.reserve(text.size());
    while (!text.empty()) {
        const auto next = first_code_point(text);
        wide += static_cast<wchar_t>(next.value);
        text.remove_prefix(next.length);
    }
    return wide;
}

} // namespace smelt::json_schema
