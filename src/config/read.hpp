#pragma once

#include "view.hpp"

#include "smelt/config/pipeline.hpp"

/// One function per section of the pipeline file. Each gets the section (its value is null when it is absent), whose
/// structure was checked, and throws file_error for what a schema cannot say.
namespace smelt::config {

/// folder: what the names of files are relative to.
source_spec read_source(const view &section, const std::filesystem::path &folder);
http_source_spec read_http_source(const view &section, const std::filesystem::path &folder);
/// Fails when the text is no path into a JSON document.
void check_path(const view &at);
/// A key's place. Empty when the section is absent.
secret_spec read_secret(const view &section);
/// A proxy's address as it is used, or a refusal with the place.
std::string checked_proxy(const view &at, std::string text);
std::vector<prefilter> read_prefilters(const view &section);
/// What `rules_file` names. Nothing when the file names none.
std::optional<rule_pack> read_rule_pack(const view &root, const std::filesystem::path &folder);
/// Nothing when the section is absent.
std::optional<dedupe_spec> read_dedupe(const view &section);
/// `folder`: what the names of files are relative to.
provider_spec read_provider(const view &section, const std::filesystem::path &folder);
/// All services that the file names: the one in place, those of `providers`, and a fallback's own. `limits`: the
/// file's. Throws when two are of one account, whose limits would be two.
void read_providers(pipeline &p, const view &root);
/// The place in p.providers of one that is called so in `providers`.
std::size_t provider_named(const pipeline &p, const view &at);
/// What data/providers.json says about a service of that name; base_url is empty when each user has their own. Throws
/// std::out_of_range for a name that is not in it.
provider_spec known_provider(const std::string &name);
/// How such an address looks.
std::string address_example(const std::string &name);
/// Members of `quirks`, whose structure was checked, over those that are there.
void apply_quirks(const json &quirks, quirks_spec &into);
/// What the section does not say stays as `spec` has it.
limits_spec read_limits(const view &section, limits_spec spec);
/// Empty when the section is absent.
std::vector<budget_spec> read_budgets(const view &section);
std::vector<redact_rule> read_redact(const view &section);
retention_spec read_retention(const view &section);
circuit_breaker_spec read_circuit_breaker(const view &section);
timing_spec read_timing(const view &section);
slice_spec read_slice(const view &section);

/// Tasks in the file's order, without `rungs`.
std::vector<task_spec> read_tasks(const view &section, const std::filesystem::path &folder, const variables &dotenv);
/// Whom each task asks, and what its fallback is asked for.
void read_rungs(pipeline &p, const view &root);
/// Throws when a `when` names a member that the needed task's output cannot have.
void check_conditions(const std::vector<task_spec> &tasks, const view &section);
/// Declared corrections. `output`: the task's schema, which says what is known and allowed where a step does not.
std::vector<repair_step> read_repair(const view &section, const json &output);
/// Throws for a task that cannot mean what it says: a hard rule over what an answer need not have, bounds of a rule
/// that are narrower than those the model is told, a review_below that no score can reach.
void check_answers(const view &task, const task_definition &definition);
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
