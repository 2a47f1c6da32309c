#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/progress.hpp"
#include "smelt/cli/run_report.hpp"

#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Loading is idempotent: a record with a known key and the same content changes nothing, one
with new content makes its items pending again. All files of a load are stored in one
transaction; a broken source is refused whole, with file, line and reason.

Examples:
  smelt load papers.yaml                  from the source that the file names
  smelt load papers more/2026-*.csv       these files instead of the source's own patterns

Keys of --json (one object): those of smelt run.

)";

} // namespace

void describe(option_set &command, load_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's file, or its name when it has run before").required();
    command.positional("FILE", a.files, "Read these files instead of the source's own patterns");
    command.flag("--accept-changes", a.accept_changes,
                 "Load although it puts many finished items back to pending\n(more than 100 and more than 5 %), or "
                 "changes records of a\npipeline that another file of this name has loaded");
    command.flag("--create-database", a.create_database, create_database_text);
    command.json(a.json);
    command.footer(footer);
}

exit_code execute(const load_arguments &a, context &c) {
    std::optional<config::pipeline> from_file;
    if (actions::means_file(a.pipeline))
        from_file = config::load_pipeline(a.pipeline); // its errors come before anything is made
    auto database = open_database(c, "load", from_file ? schema_need::made : schema_need::existing, {a.pipeline},
                                  a.create_database);
    const auto pipeline = from_file ? *from_file : actions::load_named_pipeline(*database.connection, a.pipeline);
    database.connection.reset();

    orchestrator::run_summary summary;
    {
        progress_bar bar{c.err, c.err_terminal};
        summary = orchestrator::load(database.settings, pipeline, {a.files, a.accept_changes, false}, bar.sink());
    }
    if (a.json)
        print_json(c.out, to_json(summary));
    else
        for (const auto &line : describe_load(summary, a.pipeline))
            c.out << printable(line) << '\n';
    return exit_code::ok;
}

} // namespace smelt::cli
