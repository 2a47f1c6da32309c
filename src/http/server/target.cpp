#include "target.hpp"

#include "smelt/base/url.hpp"

#include <algorithm>

namespace smelt::http {
namespace {

std::string_view origin_form(std::string_view text) {
    const auto scheme = text.find("://");
    if (text.starts_with('/') || scheme == std::string_view::npos)
        return text;
    const auto slash = text.find('/', scheme + 3);
    return slash == std::string_view::npos ? std::string_view{"/"} : text.substr(slash);
}

/// "%41+b" -> "A b".
std::string query_decoded(std::string_view text) {
    std::string spaced{text};
    std::ranges::replace(spaced, '+', ' ');
    return percent_decode(spaced);
}

} // namespace

target split_target(std::string_view text) {
    text = origin_form(text);
    text = text.substr(0, text.find('#'));
    const auto question = text.find('?');
    target result;
    result.path = percent_decode(text.substr(0, question));
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
        result.query.emplace_back(query_decoded(pair.substr(0, equals)), query_decoded(value));
    }
    return result;
}

} // namespace smelt::http
