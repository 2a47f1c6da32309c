#pragma once

#include "smelt/base/json.hpp"
#include "smelt/json/tree.hpp"
#include "smelt/store/reviews.hpp"

#include <optional>
#include <string>

namespace smelt::actions {

/// Label Studio's task for one answer (https://labelstud.io/guide/tasks): `data` shows the record and names the answer,
/// and a prediction fills in the output (as a person edits it). docs/review.md has the labeling configuration that goes
/// with it.
json label_studio_task(const std::string &pipeline, const store::shown_answer &a, const std::string &output,
                       const std::string &warnings, const std::string &repairs);

/// What a person has said in Label Studio, in its export of annotated tasks.
struct label_studio_verdict {
    std::string task, key, batch, output;
    std::string verdict, reason, edited_output; ///< empty: not said
    std::string reviewer;                       ///< e-mail address, where the export has it
    std::optional<double> seconds;
};
/// Nothing: it is no task of ours.
std::optional<label_studio_verdict> read_label_studio_task(const json_text::node &task);

} // namespace smelt::actions
