#pragma once

#include "smelt/base/json.hpp"
#include "smelt/cli/terminal.hpp"
#include "smelt/store/reports.hpp"

#include <string>

namespace smelt::cli {

/// The stable form: the keys that `smelt show --help` documents, without `history`.
json to_json(const store::record_report &r, const std::string &key);

/// For people: where the record came from, its fields, and a line for each task.
std::string render_record(const store::record_report &r, const std::string &key, const terminal &t);

} // namespace smelt::cli
