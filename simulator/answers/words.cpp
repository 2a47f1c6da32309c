#include "words.hpp"

#include <cstring>

namespace smelt::sim {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same_name(std::string_view text, std::string_view name) {
    if (text.size() != name.size())
        return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (lower(text[i]) != name[i] && !(name[i] == '_' && text[i] == ' '))
            return false;
    return true;
}

bool at_line_start(std::string_view user, std::size_t at) {
    return at == 0 || (at >= 2 && user[at - 2] == '\\' && user[at - 1] == 'n');
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && std::strchr(" ,;:.()[]", text.front()) != nullptr)
        text.remove_prefix(1);
    while (!text.empty() && std::strchr(" ,;:.()[]", text.back()) != nullptr)
        text.remove_suffix(1);
    return text;
}

/// Never more than this many bytes, so that a text without blanks gives no giant word; cut between code points.
std::string_view clipped(std::string_view text) {
    constexpr std::size_t limit = 400;
    if (text.size() <= limit)
        return text;
    std::size_t end = limit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return text.substr(0, end);
}

} // namespace

std::string_view labelled(std::string_view user, std::string_view name) {
    if (name.empty())
        return {};
    for (std::size_t colon = user.find(':'); colon != std::string_view::npos; colon = user.find(':', colon + 1)) {
        if (colon < name.size())
            continue;
        const std::size_t begin = colon - name.size();
        if (!at_line_start(user, begin) || !same_name(user.substr(begin, name.size()), name))
            continue;
        const auto rest = user.substr(colon + 1);
        return trimmed(clipped(rest.substr(0, rest.find('\\'))));
    }
    return {};
}

std::string_view pick_words(std::string_view user, std::size_t count, random_stream &random) {
    constexpr int tries = 6; // a place just before a line's end has few words; take the longest of some
    std::string_view best;
    for (int i = 0; i < tries && !user.empty(); ++i) {
        std::size_t begin = random.below(user.size());
        const auto blank = user.find(' ', begin);
        begin = begin == 0 ? 0 : blank == std::string_view::npos ? user.rfind(' ') + 1 : blank + 1;
        std::size_t end = begin;
        for (std::size_t words = 0; end < user.size() && user[end] != '\\'; ++end)
            if (user[end] == ' ' && ++words == count)
                break;
        const auto found = trimmed(clipped(user.substr(begin, end - begin)));
        if (found.size() > best.size())
            best = found;
        if (end < user.size() && user[end] == ' ' && !best.empty())
            break;
    }
    return best;
}

} // namespace smelt::sim
