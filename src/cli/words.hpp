#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smelt::cli {

inline std::string join_with(const std::vector<std::string> &parts, std::string_view separator) {
    std::string out;
    for (const auto &part : parts) {
        if (!out.empty())
            out += separator;
        out += part;
    }
    return out;
}

} // namespace smelt::cli
