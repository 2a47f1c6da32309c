#include "smelt/actions/eval.hpp"

#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/output_file.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/eval_report.hpp"
#include "smelt/cli/format.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <tuple>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Says how often answers are right, beside labels that people have given: a file (--gold), what they
have said in reviews (--reviewed), or the answers of another task (--tasks). A gold file is CSV, JSON
or JSON lines, with a column that says which record a row is about (--by-key, --by-text; a text is
compared without regard to case, blanks, dashes and quotes) and a column for each field that it has
labels for. Where several rows are about one record, what all of them say counts, else what most of
them say; ties are named and left out.

Per field: how many are right, what one would be right with by always answering the most frequent
label (baseline), the mean F1 of the classes, and Krippendorff's alpha (1: full agreement, 0: as by
chance); then precision, recall and F1 of each class, and which labels are taken for which. --parts
shows the same by the values of a field of the records, where 11 or more have the value.

Examples:
  smelt eval papers --gold labels.csv
  smelt eval papers --gold labels.csv --by-text abstract --field topic=hand_label --mismatches wrong.csv
  smelt eval papers --reviewed
  smelt eval papers --tasks screen,screen_again

Keys of --json: task, against, rows, records, absent (no such record), unanswered, several (records
with several rows), not_found, unused_columns, rejected, ties, majorities, fields (field, n, right, accuracy, majority_baseline,
majority_class, macro_f1, alpha, classes, confusion, parts), score_bands.

)";

/// "A=B", or "A" for both.
std::pair<std::string, std::string> sides_of(const std::string &text) {
    const auto equals = text.find('=');
    return equals == std::string::npos ? std::pair{text, text}
                                       : std::pair{text.substr(0, equals), text.substr(equals + 1)};
}

actions::eval_request request_of(const eval_arguments &a) {
    actions::eval_request request;
    request.task = a.task;
    request.gold = a.gold;
    request.key_column = a.by_key;
    if (!a.by_text.empty())
        std::tie(request.text_column, request.text_field) = sides_of(a.by_text);
    request.reviewed = a.reviewed;
    if (!a.tasks.empty()) {
        const auto tasks = names_in(a.tasks);
        if (tasks.size() != 2)
            throw usage_error{"--tasks " + a.tasks + " names " +
                                  count_of(static_cast<std::int64_t>(tasks.size()), "task"),
                              "it compares two: --tasks screen,screen_again"};
        request.first_task = tasks[0];
        request.second_task = tasks[1];
    }
    for (const auto &field : names_in(a.fields)) {
        const auto [name, column] = sides_of(field);
        request.fields.push_back({name, column});
    }
    request.part = a.part;
    return request;
}

/// What the key is called in the source; empty where the file cannot be read, or it is not one field.
std::string key_field_of(db::connection &c, const std::string &pipeline) {
    try {
        const auto file = actions::load_named_pipeline(c, pipeline);
        const auto &key = file.source.key;
        return key.type == config::key_spec::kind::fields && key.fields.size() == 1 ? key.fields.front()
                                                                                    : std::string{};
    } catch (const usage_error &) {
        return {};
    }
}

} // namespace

void describe(option_set &command, eval_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    const auto gold = command.text("--gold", "FILE", a.gold, "Labels of people").not_empty();
    const auto reviewed = command.flag("--reviewed", a.reviewed, "What people have said in reviews");
    const auto tasks =
        command.text("--tasks", "FIRST,SECOND", a.tasks, "Answers of the second task against the first's").not_empty();
    reviewed.excludes(gold);
    tasks.excludes(gold).excludes(reviewed);
    const auto task = command.text("--task", "TASK", a.task, "Answers of this task").not_empty();
    task.excludes(tasks);
    const auto key =
        command.text("--by-key", "COLUMN", a.by_key, "The column of the gold file that holds keys").not_empty();
    const auto text = command
                          .text("--by-text", "COLUMN[=FIELD]", a.by_text,
                                "A column that holds a text, and the field of the records\nthat holds it, too")
                          .not_empty();
    key.needs(gold).excludes(text);
    text.needs(gold);
    command
        .text("--field", "FIELD[=COLUMN],...", a.fields,
              "Fields of the answers, and the columns of their labels;\notherwise all that are called alike")
        .not_empty();
    command.text("--parts", "FIELD", a.part, "Figures by the values of this field of the records, too").not_empty();
    command.text("--mismatches", "FILE", a.mismatches, "Write the pairs that differ (.csv, .jsonl, .json)").not_empty();
    command.json(a.json);
    command.footer(footer);
}

exit_code execute(const eval_arguments &a, context &c) {
    if (a.gold.empty() && !a.reviewed && a.tasks.empty())
        throw usage_error{"say what the answers are compared with", "--gold FILE, --reviewed or --tasks FIRST,SECOND"};
    auto database = open_database(c, "eval", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    const auto request = request_of(a);
    std::unique_ptr<output_file> file;
    std::unique_ptr<actions::table_writer> table;
    if (!a.mismatches.empty()) {
        const auto ending = std::filesystem::path{a.mismatches}.extension();
        if (ending != ".csv" && ending != ".jsonl" && ending != ".json")
            throw usage_error{"--mismatches " + a.mismatches + " does not say in which form they are written",
                              "end it in .csv, .jsonl or .json"};
        const auto format = actions::table_format_of({}, a.mismatches);
        file = std::make_unique<output_file>(c, a.mismatches);
        table = actions::make_text_table({format, false},
                                         {"key", "field", "expected", "answered", "answer_score", "part", "line"},
                                         [&](std::string_view piece) { file->write(piece); });
    }
    const auto report =
        actions::evaluate(*database.connection, pipeline, request, key_field_of(*database.connection, a.pipeline),
                          [&](const actions::mismatch &m) {
                              if (table)
                                  table->row({{m.key, false},
                                              {m.field, false},
                                              {m.expected, false},
                                              {m.answered, false},
                                              {fmt::format("{:.4g}", m.score), true},
                                              {m.part, false},
                                              {m.line > 0 ? std::to_string(m.line) : std::string{}, true}});
                          });
    if (table) {
        table->finish();
        file->finish();
    }
    if (a.json)
        print_json(c.out, to_json(report));
    else
        c.out << render_eval(report, a.part, c.out_terminal);
    return exit_code::ok;
}

} // namespace smelt::cli
