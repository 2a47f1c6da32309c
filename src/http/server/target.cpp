#include "target.hpp"

namespace smelt::http {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::string_view origin_form(std::string_view text) {
    const auto scheme = text.find("://");
    if (text.starts_with('/') || scheme == std::string_view::npos)
        return text;
    const auto slash = text.find('/', scheme + 3);
    return slash == std::string_view::npos ? std::string_view{"/"} : text.substr(slash);
}

} // namespace

std::string percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
            i += 2;
        } else {
            out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

target split_target(std::string_view text) {
    text = origin_form(text);
    text = text.substr(0, text.find('#'));
    const auto question = text.find('?');
    target result;
    result.path = percent_decode(text.substr(0, question), false);
    if (question == std::string_view::npos)
        return result;
    auto rest = text.substr(question + 1);
    while (!rest.empty()) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        if (pair.empty())
            continue;
        const auto equals = pair.find('=');
        const auto value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
        result.query.emplace_back(percent_decode(pair.substr(0, equals), true), percent_decode(value, true));
    }
    return result;
}

} // namespace smelt::http
