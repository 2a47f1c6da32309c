#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/answer_report.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/record_report.hpp"
#include "smelt/store/catalog.hpp"

#include <algorithm>
#include <ostream>

namespace smelt::cli {
namespace {

constexpr std::int64_t most_answers = 1000;

constexpr const char *footer =
    R"(One record's whole story: where it came from, its fields, how it stands in each task, and then every
answer in the order in which they came, with the request (rendered again from the version that made
it, the record and the answers that it needed; where the record has changed since, it says so), the
answer and what was wrong with it. smelt failures counts causes; smelt answers lists the latest
answers of many records.

Examples:
  smelt show papers 10.1000/182
  smelt show papers 10.1000/182 --json | jq '.history[] | [.task, .outcome, .cause]'

Keys of --json: key, source_file (or null), source_line, changed_at, filter (that removed the
record, or null), evidence (of the rule pack, or null), copy_of (the key of the record asked in its
place, or null), fields, items (task, status, skip_reason, waits_for, attempts, deliveries, stale,
accepted_batch, superseded), reviews (task, verdict, reviewer, reason, batch of the answer, at, undone)
and history, whose keys are those of smelt answers.

)";

} // namespace

void describe(option_set &command, show_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    command.positional("KEY", a.key, "The record's key").required();
    command.json(a.json);
    command.footer(footer);
}

exit_code execute(const show_arguments &a, context &c) {
    auto database = open_database(c, "show", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    db::transaction tx{*database.connection, {.read_only = true}};
    actions::check_keys(tx, pipeline, std::vector{a.key});
    const auto record = store::reports{tx}.record(pipeline.id, a.key).value();
    request_renderer renderer{[&](std::int32_t version) { return store::catalog{tx}.definition({version}); }};
    auto answers = store::reports{tx}.answers(pipeline.id, {.key = a.key, .limit = most_answers});
    std::ranges::reverse(answers);
    if (!a.json)
        c.out << render_record(record, a.key, c.out_terminal);
    auto history = json::array();
    for (const auto &answer : answers) {
        const auto request = renderer.request_of(answer);
        if (a.json)
            history.push_back(to_json(answer, request));
        else
            c.out << render_answer(answer, request, c.out_terminal);
    }
    if (a.json) {
        auto document = to_json(record, a.key);
        document["history"] = std::move(history);
        print_json(c.out, document);
    } else if (answers.empty()) {
        c.out << (record.copy_of.empty()
                      ? "  It was not answered yet.\n"
                      : "  Its answers: smelt show " + printable(a.pipeline + " " + record.copy_of) + "\n");
    }
    return exit_code::ok;
}

} // namespace smelt::cli
