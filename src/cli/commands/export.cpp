#include "smelt/actions/export.hpp"

#include "cli/key_list.hpp"
#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output_file.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/cli/commands.hpp"

#include <csignal>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Writes one row per item that has a result (with --all one per item): key, task, status, the
record's fields, the output's columns, score, needs_review (score below review_below),
superseded (record or task version has changed since, or the item is being asked again: the
answer before stays until a new one is accepted), warnings (failed soft rules), model, tokens
and cost in USD. In CSV the record's fields are called fields.NAME and output columns bear the
names of the output schema (output.NAME where that is taken); CSV follows RFC 4180. In JSON
lines fields, output and warnings are nested. Rows come in the order of loading, in little
memory however many there are. A file given by -o appears only when it is whole.

Examples:
  smelt export papers --format csv -o papers.csv
  smelt export papers --format jsonl | jq -c 'select(.superseded | not)'
  smelt export papers --format csv --where "score < 0.6" -o doubtful.csv
  smelt export papers --format jsonl --all | jq -c 'select(.status != "extracted")'
  SQL does it, too: smelt db psql -- -c "COPY (SELECT * FROM smelt_out.papers_extract) TO STDOUT CSV HEADER"

)";

volatile std::sig_atomic_t interrupted_by_user = 0;

extern "C" void note_interrupt(int) {
    interrupted_by_user = 1;
}

std::string format_of(const export_arguments &a) {
    if (!a.format.empty())
        return a.format;
    for (const std::string known : {"csv", "jsonl"})
        if (a.output.ends_with("." + known))
            return known;
    throw usage_error{"say in which format", "--format csv or --format jsonl"};
}

} // namespace

void describe(option_set &command, export_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    command.text("--format", "FORMAT", a.format, "csv or jsonl; may be left out when FILE ends in .csv or .jsonl")
        .one_of({"csv", "jsonl"});
    command.text("-o,--output", "FILE", a.output, "Write to FILE instead of standard output");
    command.text("--task", "TASK", a.task, "This task only; otherwise all tasks of the pipeline file");
    command.flag("--all", a.all, "Also items without a result");
    describe(command, a.keys);
    command.footer(footer);
}

exit_code execute(const export_arguments &a, context &c) {
    const auto wanted = format_of(a);
    auto database = open_database(c, "export", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    const auto only = actions::find_task(*database.connection, pipeline, a.task);
    const auto tasks = actions::tasks_to_export(*database.connection, pipeline, only);
    const auto records = records_of(a.keys);
    const auto format = actions::make_export_format(wanted, *database.connection, pipeline, tasks);

    std::signal(SIGINT, note_interrupt);
    std::signal(SIGTERM, note_interrupt);
    output_file file{c, a.output};
    const actions::text_sink write = [&](const std::string &piece) {
        file.write(piece);
        if (interrupted_by_user != 0)
            throw interrupted{};
    };
    actions::export_rows(*database.connection, pipeline, tasks, {a.all, records}, *format, write);
    file.finish();
    return exit_code::ok;
}

} // namespace smelt::cli
