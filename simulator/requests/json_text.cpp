#include "json_scan.hpp"

#include <nlohmann/json.hpp>

namespace smelt::sim {

std::string unescape(std::string_view raw) {
    if (raw.find('\\') == std::string_view::npos)
        return std::string{raw};
    // Only on slow paths (replay, names), so a whole parser is fine here.
    const std::string quoted = '"' + std::string{raw} + '"';
    const auto value = nlohmann::json::parse(quoted, nullptr, false);
    return value.is_string() ? value.get<std::string>() : std::string{raw};
}

void append_escaped(std::string_view text, std::string &out) {
    const char *run = text.data();
    const char *end = run + text.size();
    for (const char *p = run; p < end; ++p) {
        const auto c = static_cast<unsigned char>(*p);
        if (c >= 0x20 && c != '"' && c != '\\') [[likely]]
            continue;
        out.append(run, p);
        run = p + 1;
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        default:
            out += "\\u00";
            out.push_back(static_cast<char>('0' + (c >> 4)));
            out.push_back("0123456789abcdef"[c & 15]);
        }
    }
    out.append(run, end);
}

} // namespace smelt::sim
