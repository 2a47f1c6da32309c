#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/cli/answer_report.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/config/suggest.hpp"
#include "smelt/store/catalog.hpp"

#include <algorithm>
#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Shows what was asked, what came back and what was found wrong with it, the newest first. The
request is rendered again from the stored version of the task and the record's fields as they
are now; it says so when the record has changed since. What a repeated request says about the
answer before it (retry: feedback) is left out. SQL has the same in smelt.attempt.

Examples:
  smelt answers papers --rejected
  smelt answers papers --key 10.1000/182
  smelt answers papers --cause rule --limit 50 --json | jq -r '.[] | [.key, .message] | @tsv'

Keys of --json (an array of objects): task, key, outcome (accepted, rejected, errored, expired,
cancelled, missing, not_run, not_sent), cause (or null), message (or null), findings (array or
null), score (or null), batch, at (UTC), model, request (an array of role and content; null
when it cannot be rendered any more), record_changed, answer (whole, or null).

)";

void check_filter(const answers_arguments &a, db::transaction &tx, const store::pipeline_row &pipeline) {
    const auto &known = known_causes();
    if (!a.cause.empty() && std::ranges::find(known, a.cause) == known.end())
        throw usage_error{"--cause: there is no cause called " + a.cause, config::did_you_mean(a.cause, known)};
    if (!a.key.empty())
        actions::check_keys(tx, pipeline, std::vector{a.key});
}

} // namespace

void describe(option_set &command, answers_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    command.flag("--rejected", a.rejected, "Only what was not accepted: rejected answers and errors");
    command.text("--key", "KEY", a.key, "Of the record with this key only");
    command.text("--cause", "CAUSE", a.cause, "Of this cause only, as smelt failures names it: rule, schema, ...");
    command.count("--limit", a.limit, "Show at most N");
    command.json(a.json);
    command.footer(footer);
}

exit_code execute(const answers_arguments &a, context &c) {
    auto database = open_database(c, "answers", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    db::transaction tx{*database.connection, {.read_only = true}};
    check_filter(a, tx, pipeline);
    request_renderer renderer{[&](std::int32_t version) { return store::catalog{tx}.definition({version}); }};
    auto document = json::array();
    const auto answers = store::reports{tx}.answers(pipeline.id, {a.rejected, a.cause, a.key, a.limit});
    for (const auto &answer : answers) {
        const auto request = renderer.request_of(answer);
        if (a.json)
            document.push_back(to_json(answer, request));
        else
            c.out << render_answer(answer, request, c.out_terminal);
    }
    if (a.json)
        print_json(c.out, document);
    else if (answers.empty())
        c.out << "No such answer of " << pipeline.name << " is stored.\n";
    return exit_code::ok;
}

} // namespace smelt::cli
