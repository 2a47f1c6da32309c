#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/pipeline_argument.hpp"
#include "cli/terminal/output_file.hpp"

#include "smelt/cli/commands.hpp"
#include "smelt/cli/export_format.hpp"
#include "smelt/extraction/compiled_task.hpp"

#include <algorithm>
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
  smelt export papers --format jsonl --all | jq -c 'select(.status != "extracted")'
  SQL does it, too: smelt db psql -- -c "COPY (SELECT * FROM smelt_out.papers_extract) TO STDOUT CSV HEADER"

)";

constexpr std::size_t block_bytes = 64UL * 1024;

volatile std::sig_atomic_t interrupted_by_user = 0;

extern "C" void note_interrupt(int) {
    interrupted_by_user = 1;
}

struct exported_task {
    task_id id;
    std::string name;
    std::vector<std::string> columns;
};

std::vector<std::string> columns_of(store::catalog &catalog, const store::task_row &task) {
    std::vector<std::string> names;
    if (!task.current)
        return names;
    const auto definition = definition_from_json(json::parse(catalog.definition(*task.current)));
    for (const auto &column : extraction::output_columns(definition.output))
        names.push_back(column.name);
    return names;
}

std::vector<exported_task> tasks_of(db::connection &c, const store::pipeline_row &pipeline,
                                    std::optional<task_id> only) {
    db::transaction tx{c, {.read_only = true}};
    store::catalog catalog{tx};
    std::vector<exported_task> out;
    for (const auto &task : catalog.tasks(pipeline.id))
        if (only ? task.id == *only : task.active)
            out.push_back({task.id, task.name, columns_of(catalog, task)});
    return out;
}

std::unique_ptr<export_format> make_format(const std::string &format, db::connection &c,
                                           const store::pipeline_row &pipeline,
                                           const std::vector<exported_task> &tasks) {
    if (format == "jsonl")
        return make_jsonl_format();
    export_columns columns;
    for (const auto &task : tasks)
        for (const auto &name : task.columns)
            if (std::ranges::find(columns.output, name) == columns.output.end())
                columns.output.push_back(name);
    db::transaction tx{c, {.read_only = true}};
    columns.fields = store::reports{tx}.field_names(pipeline.id);
    return make_csv_format(std::move(columns));
}

std::string format_of(const export_arguments &a) {
    if (!a.format.empty())
        return a.format;
    for (const std::string known : {"csv", "jsonl"})
        if (a.output.ends_with("." + known))
            return known;
    throw usage_error{"say in which format", "--format csv or --format jsonl"};
}

/// Pages of one task; each is a transaction of its own, so a slow reader holds nothing open in the database.
void export_task(db::connection &c, pipeline_id pipeline, const exported_task &task, bool all, export_format &format,
                 output_file &file) {
    std::string block;
    std::optional<record_id> last = record_id{-1};
    while (last) {
        {
            db::transaction tx{c, {.read_only = true}};
            last = store::reports{tx}.export_page(pipeline, task.id, all, *last, [&](const store::export_row &row) {
                format.row(task.name, row, block);
            });
        }
        if (block.size() >= block_bytes || !last) {
            file.write(block);
            block.clear();
        }
        if (interrupted_by_user != 0)
            throw interrupted{};
    }
}

} // namespace

void describe(option_set &command, export_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    command.text("--format", "FORMAT", a.format, "csv or jsonl; may be left out when FILE ends in .csv or .jsonl")
        .one_of({"csv", "jsonl"});
    command.text("-o,--output", "FILE", a.output, "Write to FILE instead of standard output");
    command.text("--task", "TASK", a.task, "This task only; otherwise all tasks of the pipeline file");
    command.flag("--all", a.all, "Also items without a result");
    command.footer(footer);
}

exit_code execute(const export_arguments &a, context &c) {
    const auto wanted = format_of(a);
    auto database = open_database(c, "export", schema_need::existing, {a.pipeline});
    const auto pipeline = find_pipeline(*database.connection, a.pipeline);
    const auto tasks = tasks_of(*database.connection, pipeline, find_task(*database.connection, pipeline, a.task));
    const auto format = make_format(wanted, *database.connection, pipeline, tasks);

    std::signal(SIGINT, note_interrupt);
    std::signal(SIGTERM, note_interrupt);
    output_file file{c, a.output};
    std::string head;
    format->begin(head);
    file.write(head);
    for (const auto &task : tasks)
        export_task(*database.connection, pipeline.id, task, a.all, *format, file);
    file.finish();
    return exit_code::ok;
}

} // namespace smelt::cli
