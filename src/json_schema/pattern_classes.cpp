#include "pattern_classes.hpp"

namespace smelt::json_schema {

std::wstring_view class_members(wchar_t letter) {
    switch (letter) {
    case L'd':
        return L"0-9";
    case L'D':
        return L"\\x{0}-\\x{2F}\\x{3A}-\\x{10FFFF}";
    case L'w':
        return L"A-Za-z0-9_";
    case L'W':
        return L"\\x{0}-\\x{2F}\\x{3A}-\\x{40}\\x{5B}-\\x{5E}\\x{60}\\x{7B}-\\x{10FFFF}";
    case L's':
        return L"\\x{9}-\\x{D}\\x{20}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}"
               L"\\x{FEFF}";
    case L'S':
        return L"\\x{0}-\\x{8}\\x{E}-\\x{1F}\\x{21}-\\x{9F}\\x{A1}-\\x{167F}\\x{1681}-\\x{1FFF}\\x{200B}-\\x{2027}"
               L"\\x{202A}-\\x{202E}\\x{2030}-\\x{205E}\\x{2060}-\\x{2FFF}\\x{3001}-\\x{FEFE}\\x{FF00}-\\x{10FFFF}";
    default:
        return {};
    }
}

std::wstring word_boundary(bool at_edge) {
    return at_edge ? L"(?:(?<=[A-Za-z0-9_])(?![A-Za-z0-9_])|(?<![A-Za-z0-9_])(?=[A-Za-z0-9_]))"
                   : L"(?:(?<=[A-Za-z0-9_])(?=[A-Za-z0-9_])|(?<![A-Za-z0-9_])(?![A-Za-z0-9_]))";
}

} // namespace smelt::json_schema
