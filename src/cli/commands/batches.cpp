#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/cli/batch_report.hpp"
#include "smelt/cli/commands.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(States: building and submitting (on its way), open (the provider has it), unknown (the answer
to its create was lost; Smelt looks for it and never sends it twice, see smelt adopt), ended
(results are being collected), closed (every request is accounted for), abandoned (nothing
was made, its items are pending again). SUBMITTED and CHECKED say how long ago.

A number, or the provider's id, shows one batch whole: what was sent, what the provider says, the
ledger of its requests, times and cost.

Examples:
  smelt batches papers --open
  smelt batches 17
  smelt batches --json | jq '.[] | select(.state == "unknown")'

Keys of --json (an array of objects, oldest first): id, pipeline, task, state, remote_status,
remote_id, nonce, provider, base_url, model, name, claimed, sent, accepted, rejected,
errored, expired, cancelled, missing, not_run, waiting, remote_total, remote_completed,
remote_failed, created_at, submitted_at, last_checked_at, ended_at, closed_at,
cancel_requested_at (UTC), orphaned, rung, version, input_tokens, cached_tokens,
output_tokens, reasoning_tokens, cost_usd, unpriced (requests whose cost is not known),
reserved_usd (the most that it may cost), error. Of one batch it is an object. What is not known
is null. The view smelt.batches holds the same.

)";

bool is_pipeline(db::connection &c, const std::string &name) {
    db::transaction tx{c, {.read_only = true}};
    const auto names = store::reports{tx}.pipeline_names();
    return std::ranges::find(names, name) != names.end();
}

/// Names of pipelines begin with a letter, and ids of providers may look like such a name.
bool means_batch(db::connection &c, const std::string &wanted) {
    if (wanted.empty())
        return false;
    if (wanted.find_first_not_of("0123456789") == std::string::npos)
        return true;
    if (is_pipeline(c, wanted))
        return false;
    db::transaction tx{c, {.read_only = true}};
    return !store::reports{tx}.batches_called(wanted).empty();
}

exit_code show_one(db::connection &c, const batches_arguments &a, context &out) {
    const auto id = actions::find_batch(c, a.wanted);
    db::transaction tx{c, {.read_only = true}};
    const auto batch = store::reports{tx}.batch(id).value();
    if (a.json)
        print_json(out.out, to_json(batch));
    else
        for (const auto &line : describe_batch(batch))
            out.out << clip_to(printable(line), out.out_terminal) << '\n';
    return exit_code::ok;
}

} // namespace

void describe(option_set &command, batches_arguments &a) {
    command
        .positional("PIPELINE|BATCH", a.wanted,
                    "A pipeline's name or file, or one batch by its number or the\nprovider's id (a pipeline's name "
                    "comes first); all when left out")
        .not_empty();
    command.flag("--open", a.open, "Only batches that are not closed or abandoned");
    command.json(a.json);
    command.footer(footer);
}

exit_code execute(const batches_arguments &a, context &c) {
    const bool is_file = actions::means_file(a.wanted) && std::filesystem::exists(a.wanted);
    auto database = open_database(c, "batches", schema_need::existing, {is_file ? a.wanted : std::string{}});
    if (!is_file && means_batch(*database.connection, a.wanted))
        return show_one(*database.connection, a, c);
    if (!is_file && !a.wanted.empty() && !actions::means_file(a.wanted) && !is_pipeline(*database.connection, a.wanted))
        throw usage_error{"there is no pipeline and no batch called " + a.wanted,
                          "smelt batches without a name lists all batches with their numbers and ids"};
    const auto name =
        a.wanted.empty() ? std::string{} : actions::find_pipeline(*database.connection, a.wanted, true).name;
    db::transaction tx{*database.connection, {.read_only = true}};
    const auto batches = store::reports{tx}.batches(name, a.open);
    if (a.json) {
        auto document = json::array();
        for (const auto &b : batches)
            document.push_back(to_json(b));
        print_json(c.out, document);
    } else if (batches.empty()) {
        c.out << (a.open ? "No batch is open.\n" : "No batch was made yet.\n");
    } else {
        c.out << render_batches(batches, c.out_terminal);
    }
    return exit_code::ok;
}

} // namespace smelt::cli
