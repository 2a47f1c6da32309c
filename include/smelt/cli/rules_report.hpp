#pragma once

#include "smelt/actions/rule_examples.hpp"
#include "smelt/base/json.hpp"
#include "smelt/cli/terminal.hpp"
#include "smelt/config/rule_pack.hpp"
#include "smelt/store/reports.hpp"

#include <string>

namespace smelt::cli {

/// The stable form: the keys that `smelt rules --help` documents.
json to_json(const config::rule_pack &pack, const store::pack_report &found);

/// For people: a line for each family, then those that were never found.
std::string render_rules(const config::rule_pack &pack, const store::pack_report &found, const terminal &t);

/// A line or two for each example that failed.
std::string render_failed(const std::string &file, const std::vector<actions::failed_example> &failed,
                          const terminal &t);

} // namespace smelt::cli
