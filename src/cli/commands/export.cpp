#include "smelt/actions/export.hpp"

#include "cli/key_list.hpp"
#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output_file.hpp"
#include "cli/terminal/output_folder.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/commands.hpp"

#include <csignal>
#include <fstream>
#include <iterator>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Writes a table with one row per record that has an answer (with --all one per record): the columns
of the source in their order, then of each task the columns of its output, score, needs_review (score
below review_below), superseded (record or task version has changed since, or the item is asked again:
the answer before stays until a new one is accepted), warnings (failed soft rules), status, reason (why
there is no answer), model, tokens and cost in USD. With several tasks the names of their columns begin
with the task: classify.score. An output that is called like a column of the source is output.NAME, a
column of ours that is called so is smelt_NAME.

--with adds columns: key, source_file, source_line, batch, remote_id, extracted_at, version.
--columns FILE chooses columns. It is a YAML list: `- NAME` is a column, `- NEW: NAME` one by another
name, `- NEW: {value: TEXT}` a constant, `- NEW: {sql: EXPRESSION}` SQL over fields and tasks (jsonb: the
answers by task) and key, with one task also output, score, status and skip_reason.
--by writes a folder: a file for each value, for several columns folders in folders.
--grouped section,task writes one JSON document: {section: {task: {response, usage, model}}}.

Cells are written as they are, and a spreadsheet executes those that begin with = + - or @. --spreadsheet
puts an apostrophe before such texts, and a mark by which spreadsheets know UTF-8.

Rows come in the order of loading, in little memory however many there are. Files appear when they are
whole. Examples:
  smelt export papers -o papers.csv
  smelt export papers --where "score < 0.6" -o doubtful.xlsx
  smelt export papers --by source_file -o results/
  smelt export papers --format jsonl --all | jq -c 'select(.status != "extracted")'
  smelt export papers --sql recent.sql -o recent.csv

)";

volatile std::sig_atomic_t interrupted_by_user = 0;

extern "C" void note_interrupt(int) {
    interrupted_by_user = 1;
}

void stop_if_interrupted() {
    if (interrupted_by_user != 0)
        throw interrupted{};
}

std::string text_in(const std::string &file) {
    std::ifstream in{file, std::ios::binary};
    if (!in)
        throw usage_error{"cannot read " + file, "it is a file with one SELECT"};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// Where one table goes.
class output_table {
  public:
    output_table(context &c, const export_arguments &a, const actions::table_options &options)
        : file_{c, a.output}, options_{options} {}

    actions::table_writer &make(const std::vector<std::string> &names) {
        if (options_.format == actions::table_format::xlsx && file_.temporary().empty())
            throw usage_error{"a workbook is written to a file", "say -o FILE.xlsx"};
        table_ =
            options_.format == actions::table_format::xlsx
                ? actions::make_workbook(file_.temporary(), names)
                : actions::make_text_table(options_, names, [this](std::string_view piece) { file_.write(piece); });
        return *table_;
    }
    void finish() {
        table_->finish();
        file_.finish();
    }

  private:
    output_file file_;
    actions::table_options options_;
    std::unique_ptr<actions::table_writer> table_;
};

actions::table_options options_of(const export_arguments &a) {
    const bool is_folder = !a.by.empty(); // its name says nothing
    const actions::table_options options{actions::table_format_of(a.format, is_folder ? std::string{} : a.output),
                                         a.spreadsheet};
    if (a.spreadsheet && options.format != actions::table_format::csv)
        throw usage_error{"--spreadsheet is for CSV", "a workbook holds texts as texts"};
    return options;
}

actions::export_wish wish_of(const export_arguments &a, db::connection &c, const store::pipeline_row &pipeline) {
    actions::export_wish wish;
    wish.task = actions::find_task(c, pipeline, a.task);
    wish.all = a.all;
    wish.records = records_of(a.keys);
    wish.more = names_in(a.with);
    if (!a.columns.empty())
        wish.columns = config::read_export_columns(a.columns);
    wish.by = names_in(a.by);
    return wish;
}

void write_tables(const export_arguments &a, context &c, db::connection &connection,
                  const store::pipeline_row &pipeline) {
    const auto options = options_of(a);
    const auto wish = wish_of(a, connection, pipeline);
    actions::table_export rows{connection, pipeline, wish};
    if (wish.by.empty()) {
        output_table out{c, a, options};
        auto &table = out.make(rows.names());
        rows.run([&](const auto &) -> actions::table_writer & {
            stop_if_interrupted();
            return table;
        });
        out.finish();
        return;
    }
    if (a.output.empty() || a.output == "-")
        throw usage_error{"--by writes a folder of files", "say -o FOLDER"};
    output_folder folder{c, a.output, options, wish.by, rows.names()};
    rows.run([&](const auto &part) -> actions::table_writer & {
        stop_if_interrupted();
        return folder.part(part);
    });
    folder.finish();
    c.err << folder.files() << (folder.files() == 1 ? " file in " : " files in ") << a.output << "\n";
}

void write_query(const export_arguments &a, context &c, db::connection &connection) {
    output_table out{c, a, options_of(a)};
    actions::export_query(connection, text_in(a.sql),
                          [&](const auto &names) -> actions::table_writer & { return out.make(names); });
    out.finish();
}

void write_document(const export_arguments &a, context &c, db::connection &connection,
                    const store::pipeline_row &pipeline) {
    output_file file{c, a.output};
    const actions::text_sink out = [&](std::string_view piece) {
        stop_if_interrupted();
        file.write(piece);
    };
    const auto wish = wish_of(a, connection, pipeline);
    if (a.raw)
        actions::export_raw(connection, pipeline, wish, out);
    else
        actions::export_grouped(connection, pipeline, wish, names_in(a.grouped), out);
    file.finish();
}

} // namespace

void describe(option_set &command, export_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    const auto format = command
                            .text("--format", "FORMAT", a.format,
                                  "csv, jsonl, json or xlsx; without it the ending of -o says it, else csv")
                            .one_of({"csv", "jsonl", "json", "xlsx"});
    command.text("-o,--output", "FILE", a.output, "Write to FILE instead of standard output; with --by to this folder")
        .not_empty();
    const auto task =
        command.text("--task", "TASK", a.task, "This task only; otherwise all tasks of the pipeline file").not_empty();
    const auto all = command.flag("--all", a.all, "Also records without an answer, with the reason");
    const auto with = command.text("--with", "NAMES", a.with, "Further columns, with commas between them").not_empty();
    const auto columns = command.text("--columns", "FILE", a.columns, "The columns to write (see below)").not_empty();
    columns.excludes(with);
    const auto by = command.text("--by", "NAMES", a.by, "A file for each value of these columns").not_empty();
    const auto spreadsheet = command.flag("--spreadsheet", a.spreadsheet, "CSV that a spreadsheet opens safely");
    const auto sql = command.text("--sql", "FILE", a.sql, "The rows of one SELECT instead").not_empty();
    const auto grouped =
        command.text("--grouped", "NAMES", a.grouped, "One JSON document, grouped by these columns").not_empty();
    const auto raw = command.flag("--raw", a.raw,
                                  "JSON lines of the answers' own texts and lines, where they were\nkept (keep_raw)");
    for (const auto &other : {with, columns, by}) {
        sql.excludes(other);
        grouped.excludes(other);
        raw.excludes(other);
    }
    for (const auto &other : {format, spreadsheet}) {
        grouped.excludes(other);
        raw.excludes(other);
    }
    sql.excludes(grouped).excludes(raw).excludes(task).excludes(all);
    grouped.excludes(raw);
    describe(command, a.keys);
    command.footer(footer);
}

exit_code execute(const export_arguments &a, context &c) {
    auto database = open_database(c, "export", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    std::signal(SIGINT, note_interrupt);
    std::signal(SIGTERM, note_interrupt);
    if (!a.sql.empty() && !records_of(a.keys).is_all())
        throw usage_error{"--sql writes the rows of the query, and chooses no records", "say it in the query"};
    if (!a.sql.empty())
        write_query(a, c, *database.connection);
    else if (a.raw || !a.grouped.empty())
        write_document(a, c, *database.connection, pipeline);
    else
        write_tables(a, c, *database.connection, pipeline);
    return exit_code::ok;
}

} // namespace smelt::cli
