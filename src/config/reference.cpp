#include "reference.hpp"

#include "smelt/base/text.hpp"

#include <cstdlib>

namespace smelt::config {
namespace {

constexpr std::string_view opening = "${";
constexpr std::string_view escaped = "$${";

std::size_t name_length(std::string_view text) {
    std::size_t n = 0;
    for (; n < text.size(); ++n) {
        const char c = text[n];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (n == 0 || c < '0' || c > '9'))
            break;
    }
    return n;
}

/// What stands between ${ and }.
std::string value_of(std::string_view inside, const variables &dotenv) {
    const auto length = name_length(inside);
    const std::string name{inside.substr(0, length)};
    const auto rest = inside.substr(length);
    const bool has_default = rest.substr(0, 2) == ":-";
    if (name.empty() || (!rest.empty() && !has_default))
        throw reference_error{"${" + name + "...} is not a reference to a variable",
                              "write ${NAME} or ${NAME:-default}; a literal ${ is written $${"};
    const auto value = variable(name, dotenv);
    if (value && invalid_utf8_at(*value) != std::string::npos)
        throw reference_error{"the value of " + name + " is not valid UTF-8", ""};
    if (has_default)
        return value && !value->empty() ? *value : std::string{rest.substr(2)};
    if (!value)
        throw reference_error{"the variable " + name + " is not set",
                              "export " + name + ", put it into the .env beside the pipeline, or write ${" + name +
                                  ":-default}"};
    return *value;
}

} // namespace

std::optional<std::string> variable(const std::string &name, const variables &dotenv) {
    if (const char *value = std::getenv(name.c_str()))
        return value;
    if (const auto found = dotenv.find(name); found != dotenv.end())
        return found->second;
    return std::nullopt;
}

std::string resolve(std::string_view text, const variables &dotenv) {
    std::string result;
    while (!text.empty()) {
        const auto at = text.find('$');
        result += text.substr(0, at);
        if (at == std::string_view::npos)
            break;
        text.remove_prefix(at);
        if (text.substr(0, escaped.size()) == escaped) {
            result += opening;
            text.remove_prefix(escaped.size());
        } else if (text.substr(0, opening.size()) == opening) {
            const auto end = text.find('}');
            if (end == std::string_view::npos)
                throw reference_error{"a ${ is not closed", "write ${NAME}; a literal ${ is written $${"};
            result += value_of(text.substr(opening.size(), end - opening.size()), dotenv);
            text.remove_prefix(end + 1);
        } else {
            result += '$';
            text.remove_prefix(1);
        }
    }
    return result;
}

bool has_reference(std::string_view text) {
    return text.find(opening) != std::string_view::npos;
}

bool is_single_reference(std::string_view text) {
    return text.substr(0, opening.size()) == opening && text.find('}') == text.size() - 1;
}

} // namespace smelt::config
