#include "smelt/config/regular_expression.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace smelt::config {
namespace {

struct other_spelling {
    std::string_view part;
    const char *message, *hint;
};

/// Behind a backslash.
constexpr std::array escapes{
    other_spelling{"b", R"(\b is a backspace in PostgreSQL's regular expressions)",
                   R"(write \y for a word boundary, or \m and \M for the beginning and the end of a word)"},
    other_spelling{"B", R"(\B is a backslash in PostgreSQL's regular expressions)",
                   R"(write \Y where there is no word boundary)"},
    other_spelling{"z", R"(PostgreSQL's regular expressions have no \z)", R"(write \Z for the end of the text)"},
    other_spelling{"G", R"(PostgreSQL's regular expressions have no \G)", "leave it out"},
    other_spelling{"K", R"(PostgreSQL's regular expressions have no \K)", "use a look-behind: (?<=...)"},
    other_spelling{"h", R"(PostgreSQL's regular expressions have no \h)", R"(write [ \t])"},
    other_spelling{"R", R"(PostgreSQL's regular expressions have no \R)", R"(write \r?\n)"},
    other_spelling{"p", R"(PostgreSQL's regular expressions have no \p{...})",
                   "use a class such as [[:alpha:]], [[:upper:]] or [[:digit:]]"},
};

/// Behind "(?".
constexpr std::array groups{
    other_spelling{"P<", "PostgreSQL's regular expressions have no named groups", "write (...) without the name"},
    other_spelling{"P=", "PostgreSQL's regular expressions have no named groups", "repeat the pattern itself"},
    other_spelling{"P>", "PostgreSQL's regular expressions have no named groups", "repeat the pattern itself"},
    other_spelling{">", "PostgreSQL's regular expressions have no atomic groups", "write (?:...)"},
    other_spelling{"(", "PostgreSQL's regular expressions have no conditions", "write the cases with |"},
};

constexpr auto of_options = "options within a pattern are not accepted, for all patterns are looked for at once";

std::optional<foreign_pattern> in_group(std::string_view after) {
    for (const auto &group : groups)
        if (after.starts_with(group.part))
            return foreign_pattern{group.message, group.hint};
    // (?<= and (?<! are PostgreSQL's, too.
    if (after.starts_with("<") && !after.starts_with("<=") && !after.starts_with("<!"))
        return foreign_pattern{groups[0].message, groups[0].hint};
    if (!after.empty() && (std::isalpha(static_cast<unsigned char>(after.front())) != 0 || after.front() == '-'))
        return foreign_pattern{of_options,
                               "case is ignored anyway; a family in which it counts says ignore_case: false"};
    return std::nullopt;
}

std::optional<foreign_pattern> in_escape(std::string_view after) {
    for (const auto &escape : escapes)
        if (after.starts_with(escape.part))
            return foreign_pattern{escape.message, escape.hint};
    if (!after.empty() && after.front() >= '1' && after.front() <= '9')
        return foreign_pattern{"references to groups (\\1) are not accepted, for all patterns are looked for at once",
                               "write the pattern without a reference"};
    return std::nullopt;
}

/// Where a bracket expression that begins at `at` ends.
std::size_t end_of_bracket(std::string_view pattern, std::size_t at) {
    auto end = at + 1;
    if (end < pattern.size() && pattern[end] == '^')
        ++end;
    if (end < pattern.size() && pattern[end] == ']')
        ++end;
    for (; end < pattern.size() && pattern[end] != ']'; ++end) {
        const bool is_class = pattern[end] == '[' && end + 1 < pattern.size() &&
                              std::string_view{":.="}.find(pattern[end + 1]) != std::string_view::npos;
        if (pattern[end] == '\\')
            ++end;
        else if (is_class)
            end = std::min(pattern.find(std::string{pattern[end + 1]} + "]", end + 2), pattern.size() - 1) + 1;
    }
    return std::min(end + 1, pattern.size());
}

/// Calls each(part, what follows) for the parts of a pattern: an escape, a bracket expression, "(" with what makes it
/// special, or one other character.
template <class Each>
void for_each_part(std::string_view pattern, const Each &each) {
    for (std::size_t at = 0; at < pattern.size();) {
        std::size_t end = at + 1;
        if (pattern[at] == '\\' || pattern.substr(at).starts_with("(?"))
            end = at + 2;
        else if (pattern[at] == '[')
            end = end_of_bracket(pattern, at);
        end = std::min(end, pattern.size());
        each(pattern.substr(at, end - at), pattern.substr(end));
        at = end;
    }
}

} // namespace

std::optional<foreign_pattern> foreign_part(std::string_view pattern) {
    if (pattern.starts_with("***"))
        return foreign_pattern{of_options, "write the pattern without ***"};
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\n'; };
    if (std::ranges::any_of(pattern, is_control))
        return foreign_pattern{"a control character stands in it, which between double quotes \\b and the like become",
                               "put patterns between single quotes"};
    std::optional<foreign_pattern> found;
    for_each_part(pattern, [&](std::string_view part, std::string_view rest) {
        if (found)
            return;
        if (part.front() == '\\')
            found = in_escape(part.substr(1));
        else if (part == "(?")
            found = in_group(rest);
    });
    return found;
}

std::string without_captures(std::string_view pattern) {
    std::string all;
    for_each_part(pattern, [&](std::string_view part, std::string_view) {
        all += part;
        if (part == "(")
            all += "?:";
    });
    return all;
}

} // namespace smelt::config
