#pragma once

#include "smelt/cli/terminal.hpp"
#include "smelt/domain/task_definition.hpp"
#include "smelt/store/reviews.hpp"

#include <cstdint>
#include <string>

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

} // namespace smelt::cli
