#include "smelt/config/suggest.hpp"

#include <algorithm>
#include <cctype>
#include <limits>

namespace smelt::config {
namespace {

char lower(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

/// Insertions, deletions, replacements and swaps of neighbours each cost one.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t same = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + same});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

} // namespace

std::string nearest(std::string_view word, const std::vector<std::string> &known) {
    constexpr std::size_t longest = 100; // the table is quadratic, and nobody mistypes more than this
    if (word.size() > longest)
        return {};
    std::string best;
    std::size_t best_distance = std::numeric_limits<std::size_t>::max();
    for (const auto &candidate : known) {
        if (candidate.size() > longest)
            continue;
        const auto d = distance(word, candidate);
        if (d < best_distance && d <= std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 3)) {
            best = candidate;
            best_distance = d;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string> &known) {
    constexpr std::size_t most = 30; // a CSV may have hundreds of columns
    if (const auto near = nearest(word, known); !near.empty())
        return "did you mean \"" + near + "\"?";
    if (known.empty())
        return {};
    std::string list;
    for (std::size_t i = 0; i < std::min(most, known.size()); ++i)
        list += (i ? ", " : "") + known[i];
    return "known are: " + list + (known.size() > most ? ", ..." : "");
}

} // namespace smelt::config
