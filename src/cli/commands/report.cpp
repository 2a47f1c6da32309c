#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/output_file.hpp"
#include "cli/time_option.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/html_report.hpp"
#include "smelt/cli/pipeline_report.hpp"
#include "smelt/cli/report_json.hpp"

#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(What a pipeline has come to, per task: how many records have a current result, how many answers
were valid, scores, how the values of the answers are distributed, tokens, what it cost and what of
that was spent in vain, batches, and which rules found fault. Reads all answers: on millions of
them it takes a while.

Without --field the members that the output schema calls enum, boolean or number are shown, six at
most. A list counts by its elements. Of numbers with many different values ranges are shown.

Examples:
  smelt report papers
  smelt report papers --field topic,place.country
  smelt report papers --since 2026-01-31 --html report.html
  smelt report papers --json | jq '.tasks[] | {task, cost_usd, wasted_usd}'

Keys of --json (an object): pipeline, made_at, since, budgets, tasks: each with task, active (in the
pipeline file), items, skipped, copies, current_results, superseded_results, failed, to_review, requests,
accepted, rejected, score_mean, score_min, score_max, score_tenths, input_tokens, cached_tokens,
output_tokens, reasoning_tokens, cost_usd (or null), is_partly_unpriced, synchronous_usd (what the same
would have cost request by request, or null), cache_saved_usd (by input from the provider's cache, or
null), wasted_usd (or null), wasted (invalid, invalid_usd, replaced, replaced_usd, failed, failed_usd,
unpriced, expired, missing, duplicate_lines, duplicate_jobs), batches, batch_seconds_mean,
answers_per_second, fields (field, values, different, mean, min, max, are_ranges, counts), usage (by rung,
provider and model), rules (rule, failed, accepted), silent_rules, failures (cause, items, example_key,
message).

)";

} // namespace

void describe(option_set &command, report_arguments &a) {
    command.positional("PIPELINE", a.pipeline, "A pipeline's name or file").required();
    command.text("--task", "TASK", a.task, "Only this task");
    command
        .text("--since", "TIME", a.since,
              "Only answers and batches since this time of UTC, as 2026-01-31\nor 2026-01-31 17:30")
        .not_empty();
    command.text("--field", "FIELD,...", a.fields, "How the values of these members of the answers are distributed")
        .not_empty();
    command
        .text("--html", "FILE", a.html, "Write it as a page of its own, which needs no network; - is\nstandard output")
        .not_empty();
    command.json(a.json);
    command.footer(footer);
}

exit_code execute(const report_arguments &a, context &c) {
    actions::report_wish wish{a.task, names_in(a.fields), checked_time("--since", a.since)};
    if (!a.fields.empty() && wish.fields.empty())
        throw usage_error{"--field names no field", "smelt report PIPELINE --field topic,place.country"};
    if (a.json && !a.html.empty())
        throw usage_error{"--html and --json exclude each other", "say one of them"};
    auto database = open_database(c, "report", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    const auto report = actions::make_report(*database.connection, pipeline, wish);
    if (a.json)
        print_json(c.out, to_json(report));
    else if (a.html.empty())
        c.out << render_report(report, c.out_terminal);
    else {
        output_file out{c, a.html};
        out.write(html_of(report));
        out.finish();
    }
    return exit_code::ok;
}

} // namespace smelt::cli
