#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/run_progress.hpp"
#include "smelt/cli/status_report.hpp"

#include <chrono>
#include <ostream>
#include <thread>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(DONE is the part of the items that need nothing more: results, skipped and failed ones.
PENDING are items to be sent, now or when the tasks that they need have answered. ETA is
what is left at the rate of the batches that were closed in the last day; "-" when there were
none. A "+" after COST means that the price of some answers is not known. The view
smelt.status holds the same.

Examples:
  smelt status
  smelt status papers --watch
  smelt status papers --json | jq '.[] | select(.failed > 0)'

Keys of --json (an array of objects, one per task): pipeline, task, active (still in the
pipeline file), total, waiting (for other tasks), pending, submitted, extracted, retrying
(invalid answer, attempts left), failed_validation (none left), failed, skipped, progress
(0 to 1), eta_seconds (or null), open_batches, open_requests, answered, mean_score (or null),
input_tokens, output_tokens, cost_usd (or null), unpriced_batches, copies (records that
equal others), stuck_writes (events that write_back could not write), to_review, reviewed, overtaken (answers
that a person has judged and that stay although what they were made from has changed), precision
(null, or from_score, reviews, precision, low, high), source_problem (why the lists of its
web service are incomplete, or null), hold (or null), over_budget (which budget keeps
what is pending from being sent, or null), budgets (of the pipeline and of the
accounts that it asks: of, per, limit_usd, spent_usd, reserved_usd, left_usd, is_used_up, is_too_small).

)";

/// Until all is done, or until it is interrupted.
exit_code watch_state(database &database, const std::string &name, context &c) {
    const std::vector<std::string> wanted = name.empty() ? std::vector<std::string>{} : std::vector{name};
    c.err << printable(render_state(state_of_tasks(read_status(*database.connection, wanted), {}), {})) << '\n';
    {
        const run_watch watch{database.conninfo, wanted, c.err, c.err_terminal};
        for (;;) {
            const auto state = state_of_tasks(read_status(*database.connection, wanted), {});
            if (state.done == state.total || (!state.hold.empty() && state.at_provider == 0))
                break; // nothing moves before somebody or some time has passed: the table says why
            std::this_thread::sleep_for(std::chrono::seconds{1});
        }
    }
    const auto tasks = read_status(*database.connection, wanted);
    db::transaction tx{*database.connection, {.read_only = true}};
    c.out << render_status(tasks, store::reports{tx}.budgets(name), c.out_terminal);
    return exit_code::ok;
}

} // namespace

void describe(option_set &command, status_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file; all when left out");
    const auto json = command.json(a.json);
    command
        .flag("--watch", a.watch,
              "Show how far it is until nothing is left to do, or a hold is\nall that is left: a line a second on a "
              "terminal, else one each\nhalf minute and thousand items")
        .excludes(json);
    command.footer(footer);
}

exit_code execute(const status_arguments &a, context &c) {
    auto database = open_database(c, "status", schema_need::existing, {a.pipeline});
    const auto name =
        a.pipeline.empty() ? std::string{} : actions::find_pipeline(*database.connection, a.pipeline).name;
    if (a.watch)
        return watch_state(database, name, c);
    db::transaction tx{*database.connection, {.read_only = true}};
    const auto tasks = store::reports{tx}.status(name);
    if (a.json) {
        auto document = json::array();
        for (const auto &t : tasks) {
            document.push_back(to_json(t));
            auto budgets = json::array();
            for (const auto &budget : store::reports{tx}.budgets(t.pipeline))
                budgets.push_back(to_json(budget));
            document.back()["budgets"] = std::move(budgets);
        }
        print_json(c.out, document);
    } else if (tasks.empty()) {
        c.out << "No pipeline has run here yet. Start with: smelt run PIPELINE.yaml\n";
    } else {
        c.out << render_status(tasks, store::reports{tx}.budgets(name), c.out_terminal);
    }
    return exit_code::ok;
}

} // namespace smelt::cli
