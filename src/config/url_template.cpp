#include "smelt/config/url_template.hpp"

#include "smelt/base/text.hpp"
#include "smelt/base/url.hpp"

#include <algorithm>

namespace smelt::config {

url_template::url_template(std::string_view text) {
    for (auto open = text.find("{{"); open != std::string_view::npos; open = text.find("{{")) {
        const auto close = text.find("}}", open);
        if (close == std::string_view::npos) {
            problem_ = "a {{ is not closed";
            return;
        }
        const auto name = trim(text.substr(open + 2, close - open - 2));
        if (name.empty() || name.find_first_of("{}#^/& ") != std::string_view::npos) {
            problem_ = "{{" + std::string{name} + "}} is no name";
            return;
        }
        parts_.push_back({std::string{text.substr(0, open)}, false});
        parts_.push_back({std::string{name}, true});
        text.remove_prefix(close + 2);
    }
    parts_.push_back({std::string{text}, false});
}

std::vector<std::string> url_template::names() const {
    std::vector<std::string> all;
    for (const auto &part : parts_)
        if (part.is_name && std::ranges::find(all, part.text) == all.end())
            all.push_back(part.text);
    return all;
}

bool url_template::names_in_authority() const {
    if (parts_.size() == 1)
        return false;
    const auto &first = parts_.front().text;
    const auto scheme = first.find("://");
    return scheme == std::string::npos || first.find_first_of("/?", scheme + 3) == std::string::npos;
}

std::optional<std::string> url_template::fill(
    const std::function<std::optional<std::string>(std::string_view name)> &value) const {
    std::string url;
    for (const auto &part : parts_) {
        if (!part.is_name) {
            url += part.text;
            continue;
        }
        const auto text = value(part.text);
        if (!text)
            return std::nullopt;
        url += percent_encode(*text);
    }
    return url;
}

} // namespace smelt::config
