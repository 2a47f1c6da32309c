#pragma once

#include "smelt/actions/eval.hpp"
#include "smelt/base/json.hpp"
#include "smelt/cli/terminal.hpp"

#include <string>

namespace smelt::cli {

/// The stable form: the keys that `smelt eval --help` documents.
json to_json(const actions::evaluation_report &report);

/// For people: what was compared, and per field accuracy, classes, confusion and parts.
std::string render_eval(const actions::evaluation_report &report, const std::string &part_field, const terminal &t);

} // namespace smelt::cli
