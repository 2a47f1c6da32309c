#pragma once

#include "view.hpp"

#include "smelt/config/pipeline.hpp"

/// One function per section of the pipeline file. Each gets the section (its value is null when it is absent), whose
/// structure was checked, and throws file_error for what a schema cannot say.
namespace smelt::config {

source_spec read_source(const view &section);
std::vector<prefilter> read_prefilters(const view &section);
/// `folder`: what the names of files are relative to.
provider_spec read_provider(const view &section, const std::filesystem::path &folder);
/// Nothing when the section is absent.
std::optional<fallback_spec> read_fallback(const view &section, const std::filesystem::path &folder);
/// What data/providers.json says about a service of that name; base_url is empty when each user has their own. Throws
/// std::out_of_range for a name that is not in it.
provider_spec known_provider(const std::string &name);
/// How such an address looks.
std::string address_example(const std::string &name);
/// Members of `quirks`, whose structure was checked, over those that are there.
void apply_quirks(const json &quirks, quirks_spec &into);
limits_spec read_limits(const view &section);
circuit_breaker_spec read_circuit_breaker(const view &section);
timing_spec read_timing(const view &section);
slice_spec read_slice(const view &section);

/// Tasks in the file's order.
std::vector<task_spec> read_tasks(const view &section, const std::filesystem::path &folder, const variables &dotenv);
/// Throws when a `when` names a member that the needed task's output cannot have.
void check_conditions(const std::vector<task_spec> &tasks, const view &section);
/// Puts needs first and otherwise keeps the order. Throws for unknown needs and circles.
std::vector<task_spec> in_order_of_needs(const std::vector<task_spec> &tasks, const view &section);

/// Fails when two elements of the list have the same `name`.
void require_unique_names(const view &list);

/// Picousd per token for a price in USD per million tokens, given as a number or as decimal text; exact, or empty.
std::optional<picousd> picousd_per_token(const json &usd_per_million);

/// The value is a path when it is one line that ends in .md, .txt, .json, .mustache or .prompt or names an existing
/// file; it must then exist. Anything else is the text itself.
struct named_text {
    std::string text;
    std::string file; ///< empty: the text stands in the pipeline file
};
named_text read_text_or_file(const view &at, const std::filesystem::path &folder);

/// Parses a JSON Schema's text. `file` is named in errors. Throws file_error for broken JSON, names twice and NUL.
json parse_json_file(const std::string &text, const std::string &file);

} // namespace smelt::config
