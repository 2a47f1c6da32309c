#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/task_option.hpp"
#include "cli/terminal/output.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/plan_report.hpp"

#include <filesystem>
#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Loads what is new, as a run does, and says what would be sent, how many tokens and how much money
that probably takes, and how much it may take at most. Nothing is sent.

EXPECTED is calculated from the answers that the task has had so far: what an item has come to,
retries and other models included, and from the size of the requests. Before there are answers it
is what the input costs, a token taken for four bytes. AT MOST is what a budget would reserve:
every answer as long as its limit allows, every item asked as often as its task allows.
To learn what a task costs, let it answer a hundred: smelt run PIPELINE --sample 100 --wait.
What is at the provider already is in neither figure.

Examples:
  smelt plan papers
  smelt plan papers --json | jq '.[] | {task, expected_usd, at_most_usd}'
  smelt run papers --max 20 --dry-run        the same for that run, with one whole request

Keys of --json (an array of objects, one per task and rung): pipeline, task, model, provider, rung,
falls_back (too few for a batch: the fallback is asked), in_flight, claimable (items to send), may_follow (items that wait for other tasks), follow (how many of
these probably do, or null), batches, bytes_per_request, looked_at (items whose requests were
measured), requests (retries included), input_tokens (or null), output_tokens (or null), expected_usd (or
null), is_input_only (expected_usd is what the input costs), is_partly_unpriced, is_follow_known
(else expected_usd is without what follows), synchronous_usd (the same at the
prices of synchronous requests, or null), at_most_usd (or null), seconds (or null), too_long
(records that may exceed the model's context), too_long_keys (some of them), holds.

)";

} // namespace

void describe(option_set &command, plan_arguments &a) {
    command.positional("PIPELINE", a.pipeline,
                       "A pipeline's file, or the name of one that has run before;\n"
                       "./pipeline.yaml when left out");
    command.text("--task", "TASK", a.task, "Only this task");
    command.flag("--create-database", a.create_database, create_database_text);
    command.json(a.json);
    command.footer(footer);
}

exit_code execute(const plan_arguments &a, context &c) {
    const auto wanted = a.pipeline.empty() ? std::string{"pipeline.yaml"} : a.pipeline;
    if (a.pipeline.empty() && !std::filesystem::exists(wanted))
        throw usage_error{"there is no pipeline.yaml in this folder",
                          "name a pipeline file, or write one with: smelt init DIR"};
    auto database = open_database(c, "plan", schema_need::made, {wanted}, a.create_database);
    const auto p = actions::means_file(wanted) ? config::load_pipeline(wanted)
                                               : actions::load_named_pipeline(*database.connection, wanted);
    database.connection.reset(); // the plan has connections of its own
    orchestrator::run_options options;
    options.task = a.task;
    check_task(a.task, {p});
    const auto plan = orchestrator::plan(database.settings, p, options);
    if (a.json)
        print_json(c.out, to_json(plan, false));
    else
        for (const auto &line : describe_plan(plan, false))
            c.out << printable(line) << '\n';
    return exit_code::ok;
}

} // namespace smelt::cli
