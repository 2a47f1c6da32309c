#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/pipeline_argument.hpp"
#include "cli/terminal/confirm.hpp"

#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/orchestrator/run.hpp"
#include "smelt/store/reports.hpp"

#include <algorithm>
#include <map>
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

using plan = std::map<std::string, std::vector<std::int32_t>>; ///< pipeline argument -> batches

plan plan_of(const cancel_arguments &a, db::connection &connection) {
    plan out;
    if (!a.all.empty()) {
        const auto name = find_pipeline(connection, a.all).name;
        db::transaction tx{connection, {.read_only = true}};
        for (const auto &b : store::reports{tx}.batches(name, true))
            out[a.all].push_back(b.id);
        return out;
    }
    db::transaction tx{connection, {.read_only = true}};
    for (const auto id : a.batches) {
        const auto place = store::reports{tx}.place_of({id});
        if (!place)
            throw usage_error{"there is no batch " + std::to_string(id), "smelt batches lists them"};
        if (place->state == "closed" || place->state == "abandoned")
            throw usage_error{"batch " + std::to_string(id) + " is " + place->state + " already",
                              "smelt batches --open lists those that can be cancelled"};
        auto &ids = out[place->pipeline];
        if (std::ranges::find(ids, id) == ids.end())
            ids.push_back(id);
    }
    return out;
}

std::string question(const plan &p, bool requeue) {
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
    const auto batches = command.positional("BATCH", a.batches, "Numbers of batches, as smelt batches shows them");
    command.text("--all", "PIPELINE", a.all, "All unfinished batches of this pipeline (name or file)")
        .excludes(batches);
    command.flag("--yes", a.yes, "Do not ask; required when standard input is not a terminal");
    command.flag("--requeue", a.requeue, "No hold: the items are sent again by the next run");
    command.footer(footer);
}

exit_code execute(const cancel_arguments &a, context &c) {
    if (a.batches.empty() && a.all.empty())
        throw usage_error{"say which batches", "numbers as smelt batches shows them, or --all PIPELINE"};
    auto database = open_database(c, "cancel", schema_need::existing, {a.all});
    const auto wanted = plan_of(a, *database.connection);
    if (wanted.empty()) {
        c.out << "Nothing to cancel: no batch is open.\n";
        return exit_code::ok;
    }
    std::map<std::string, config::pipeline> pipelines; // before asking: a missing file is an error of its own
    for (const auto &[name, ids] : wanted)
        pipelines.emplace(name, load_named_pipeline(*database.connection, name));
    if (!a.yes && !confirm(c, question(wanted, a.requeue))) {
        c.out << "Nothing was cancelled.\n";
        return exit_code::ok;
    }
    database.connection.reset();
    for (const auto &[name, ids] : wanted)
        for (const auto &r : orchestrator::cancel(database.settings, pipelines.at(name), ids, a.requeue))
            c.out << printable("batch " + std::to_string(r.batch) + ": " + r.state +
                               (r.note.empty() ? "" : ", " + r.note))
                  << '\n';
    return exit_code::ok;
}

} // namespace smelt::cli
