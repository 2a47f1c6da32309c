#pragma once

#include "smelt/actions/report.hpp"
#include "smelt/cli/terminal.hpp"

#include <string>
#include <vector>

namespace smelt::cli {

/// For people, 80 columns wide.
std::string render_report(const actions::pipeline_figures &report, const terminal &t);

/// One bar of a distribution: what it stands for, and how many.
using bar_list = std::vector<std::pair<std::string, std::int64_t>>;
/// Scores from the lowest tenth that has any to the highest.
bar_list score_bars(const store::score_figures &scores);

/// Sentences about a task that the terminal and the HTML page share: a name and what is said, in order.
/// is_part: of a time only.
std::vector<std::pair<std::string, std::string>> task_lines(const actions::task_figures &t, bool is_part);
/// "$0.12+", or that it is not known.
std::string wasted_money(const actions::task_figures &t);
/// Cost of all tasks, and what of it was wasted.
std::string total_text(const actions::pipeline_figures &report);
/// "topic: 128 values, 20 different, the most frequent"; answers: of the task.
std::string field_title(const std::string &name, const store::field_figures &f, std::int64_t answers);
/// What a model was asked on a rung, and what that cost.
std::string usage_line(const store::model_usage &one);

} // namespace smelt::cli
