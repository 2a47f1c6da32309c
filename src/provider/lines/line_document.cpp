#include "line_document.hpp"

#include "smelt/json/reader.hpp"

#include <cstring>
#include <limits>

namespace smelt::provider {

namespace {

/// Nothing here walks a tree to its depth. Logarithms of an answer's probabilities are millions of values.
constexpr json_text::read_rules line_rules{
    .nan = true, .most_levels = std::numeric_limits<std::size_t>::max(), .most_values = 20'000'000};

constexpr std::size_t most_kept = 4 << 20; ///< bytes that are kept for the next line

} // namespace

const node *line_document::parse(std::string_view line) {
    tree_.shrink(most_kept);
    lone_surrogate_ = false;
    // The parser takes a zero byte for the end of its input.
    if (line.empty() || std::memchr(line.data(), 0, line.size()) != nullptr)
        return nullptr;
    const auto read = json_text::read_json(line, tree_, line_rules);
    lone_surrogate_ = read.error == json_text::read_error::surrogate;
    return read.error == json_text::read_error::none ? &tree_.root() : nullptr;
}

} // namespace smelt::provider
