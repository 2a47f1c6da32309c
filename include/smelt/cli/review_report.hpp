#pragma once

#include "smelt/cli/terminal.hpp"
#include "smelt/domain/task_definition.hpp"
#include "smelt/store/reviews.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::cli {

/// Where a person is in a queue of answers.
struct review_progress {
    std::string pipeline;
    std::int64_t number = 1, total = 1;
    bool whole = false; ///< long texts are not cut
};

/// One answer as one screen: the record beside the output where there is room, else above it; score, warnings, repairs
/// and the rules that hold.
std::string render_review(const store::shown_answer &a, const task_definition &definition,
                          const review_progress &progress, const terminal &t);

/// Lines of at most so many columns, broken at blanks where there are any; made printable. At most so many lines.
std::vector<std::string> wrap(std::string_view text, std::size_t width, std::size_t most = std::string_view::npos);

} // namespace smelt::cli
