#include "smelt/actions/redo.hpp"

#include "cli/open_database.hpp"
#include "cli/options.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/progress.hpp"

#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(After a change of prompt, model, parameters, schema or rules finished items keep their results.
This puts those back to pending whose task version or record content is not the current one.
Their results stay, marked superseded, until new ones are accepted. The pipeline's file and its
source are read first, as smelt load does, so an edit just made counts. What ended without a result
is made pending again by smelt retry.

Example:
  smelt redo papers --changed && smelt run papers --dry-run

)";

} // namespace

void describe(option_set &command, redo_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    command.flag("--changed", a.changed, "Items whose task version or record content is old (required)");
    command.text("--task", "TASK", a.task, "Items of this task only");
    command.footer(footer);
}

exit_code execute(const redo_arguments &a, context &c) {
    if (!a.changed)
        throw usage_error{"say what to do again",
                          "items whose task or record has changed: smelt redo " + a.pipeline + " --changed"};
    auto database = open_database(c, "redo", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    const auto file = actions::load_named_pipeline(*database.connection, a.pipeline);
    actions::redone done;
    {
        progress_bar bar{c.err, c.err_terminal};
        done = actions::redo_changed(database.settings, *database.connection, pipeline, file, a.task, bar.sink());
    }
    const auto [n, failed] = done;
    if (n == 0)
        c.out << "Nothing to redo: every result is of the current version and content.\n";
    else
        c.out << count_of(n, "item") << (n == 1 ? " is" : " are") << " pending again; the next smelt run sends them.\n";
    if (failed > 0)
        c.out << "Items without a result, which only `smelt retry " << pipeline.name
              << "` makes pending again: " << group_digits(failed) << ".\n";
    return exit_code::ok;
}

} // namespace smelt::cli
