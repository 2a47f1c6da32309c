#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/cli/batch_report.hpp"
#include "smelt/cli/commands.hpp"

#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(States: building and submitting (on its way), open (the provider has it), unknown (the answer
to its create was lost; Smelt looks for it and never sends it twice, see smelt adopt), ended
(results are being collected), closed (every request is accounted for), abandoned (nothing
was made, its items are pending again). SUBMITTED and CHECKED say how long ago.

Examples:
  smelt batches papers --open
  smelt batches --json | jq '.[] | select(.state == "unknown")'

Keys of --json (an array of objects, oldest first): id, pipeline, task, state, remote_status,
remote_id, nonce, provider, base_url, model, name, claimed, sent, accepted, rejected,
errored, expired, cancelled, missing, not_run, waiting, remote_total, remote_completed,
remote_failed, created_at, submitted_at, last_checked_at, ended_at, closed_at,
cancel_requested_at (UTC), input_tokens, output_tokens, cost_usd, error. What is not known
is null. The view smelt.batches holds the same.

)";

} // namespace

void describe(option_set &command, batches_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file; all when left out");
    command.flag("--open", a.open, "Only batches that are not closed or abandoned");
    command.json(a.json);
    command.footer(footer);
}

exit_code execute(const batches_arguments &a, context &c) {
    auto database = open_database(c, "batches", schema_need::existing, {a.pipeline});
    const auto name =
        a.pipeline.empty() ? std::string{} : actions::find_pipeline(*database.connection, a.pipeline).name;
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
