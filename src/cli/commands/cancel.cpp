#include "smelt/actions/cancel.hpp"

#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/confirm.hpp"

#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/orchestrator/run.hpp"

#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Asks the provider to stop. Lines that are finished by then are paid for and still collected by
the next runs; the other items become pending and spend nothing. The tasks go on hold until
smelt resume, so that the next run does not send everything again, unless --requeue is given.

Examples:
  smelt cancel 17 18
  smelt cancel --all papers --yes
  smelt cancel 17 --requeue        a stuck batch: its items are sent again by the next run

)";

std::string question(const actions::cancel_plan &p, bool requeue) {
    std::int64_t batches = 0;
    std::vector<std::string> names;
    for (const auto &[name, ids] : p) {
        names.push_back(name);
        batches += static_cast<std::int64_t>(ids.size());
    }
    return "Cancel " + count_of(batches, "batch") + " of " + join_words(names) +
           (requeue ? " and send the items again?" : " and put the tasks on hold?");
}

} // namespace

void describe(option_set &command, cancel_arguments &a) {
    const auto batches = command.positional("BATCH", a.batches, "Numbers of batches, or the provider's ids of them");
    command.text("--all", "PIPELINE", a.all, "All unfinished batches of this pipeline (name or file)")
        .excludes(batches);
    command.flag("--yes", a.yes, "Do not ask; required when standard input is not a terminal");
    command.flag("--requeue", a.requeue, "No hold: the items are sent again by the next run");
    command.footer(footer);
}

exit_code execute(const cancel_arguments &a, context &c) {
    if (a.batches.empty() && a.all.empty())
        throw usage_error{"say which batches", "numbers or ids as smelt batches shows them, or --all PIPELINE"};
    auto database = open_database(c, "cancel", schema_need::existing, {a.all});
    const auto wanted = a.all.empty() ? actions::plan_cancel(*database.connection, a.batches)
                                      : actions::plan_cancel_all(*database.connection, a.all);
    if (wanted.empty()) {
        c.out << "Nothing to cancel: no batch is open.\n";
        return exit_code::ok;
    }
    const auto pipelines = actions::pipelines_of(*database.connection, wanted);
    if (!a.yes && !confirm(c, question(wanted, a.requeue))) {
        c.out << "Nothing was cancelled.\n";
        return exit_code::ok;
    }
    database.connection.reset();
    auto code = exit_code::ok;
    for (const auto &[name, ids] : wanted)
        for (const auto &r : orchestrator::cancel(database.settings, pipelines.at(name), ids, a.requeue)) {
            if (r.is_unreachable)
                code = exit_code::unavailable;
            c.out << printable("batch " + std::to_string(r.batch) + ": " + r.state +
                               (r.note.empty() ? "" : ", " + r.note))
                  << '\n';
        }
    return code;
}

} // namespace smelt::cli
