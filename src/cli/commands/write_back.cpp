#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output.hpp"
#include "cli/time_option.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/progress.hpp"
#include "smelt/orchestrator/run.hpp"

#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Runs the SQL of the tasks' write_back over what waits, as each smelt run does at its end. What
could not be written stays with its error and is tried again after a while; --retry tries now.
--all also writes what was finished before write_back was added: each item once more that needs
nothing more. The statements run in the database that holds Smelt's own schema.

Examples:
  smelt write-back papers --dry-run
  smelt write-back papers --all
  smelt write-back papers --all --since 2026-01-31
  smelt write-back papers --retry

Keys of --json (one object): added, written, left (task, event, waiting, stuck), notes.

)";

json to_json(const orchestrator::write_back_result &result) {
    auto left = json::array();
    for (const auto &one : result.left)
        left.push_back({{"task", one.task}, {"event", one.event}, {"waiting", one.waiting}, {"stuck", one.stuck}});
    return {{"added", result.added}, {"written", result.written}, {"left", std::move(left)}, {"notes", result.notes}};
}

void tell(const orchestrator::write_back_result &result, bool dry_run, std::ostream &out) {
    if (!dry_run)
        out << (result.written == 0 ? std::string{"Nothing was written back"}
                                    : "Wrote back " + count_of(result.written, "event"))
            << ".\n";
    if (dry_run && result.left.empty())
        out << "Nothing waits to be written back.\n";
    for (const auto &one : result.left)
        out << one.task << ": " << group_digits(one.waiting) << " " << one.event
            << (one.waiting == 1 ? " event waits" : " events wait")
            << (one.stuck > 0 ? ", " + group_digits(one.stuck) + " of them could not be written" : "") << "\n";
    for (const auto &note : result.notes)
        out << printable("Note: " + note) << "\n";
}

} // namespace

void describe(option_set &command, write_back_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    command.flag("--retry", a.retry, "Also what could not be written, without waiting longer");
    const auto all = command.flag("--all", a.all, "Every item that needs nothing more, once more");
    command.text("--since", "TIME", a.since, "With --all: only items with an answer since this time (2026-01-31, …)")
        .not_empty()
        .needs(all);
    command.flag("--dry-run", a.dry_run, "Only say what waits, and try the statements without rows").excludes(all);
    command.json(a.json);
    command.footer(footer);
}

exit_code execute(const write_back_arguments &a, context &c) {
    auto database = open_database(c, "write-back", schema_need::existing, {a.pipeline});
    const auto file = actions::load_named_pipeline(*database.connection, a.pipeline);
    orchestrator::write_back_choice choice{a.retry, a.all, std::nullopt, a.dry_run};
    choice.since = checked_time("--since", a.since);
    orchestrator::write_back_result result;
    {
        progress_bar bar{c.err, c.err_terminal};
        result = orchestrator::write_back(database.settings, file, choice, bar.sink());
    }
    if (a.json)
        print_json(c.out, to_json(result));
    else
        tell(result, a.dry_run, c.out);
    return exit_code::ok;
}

} // namespace smelt::cli
