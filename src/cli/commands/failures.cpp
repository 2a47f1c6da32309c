#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/store/reports.hpp"

#include <limits>
#include <ostream>

namespace smelt::cli {
namespace {

using store::failure_report;

constexpr std::size_t answer_lines = 4;
constexpr std::size_t answer_line_bytes = 400;

constexpr const char *footer =
    R"(Items that ended without a result: refused for good, or out of attempts or deliveries. They are
grouped by task and cause; one example of each is shown, with the last reason and the first
lines of the answer. --limit and --all show item by item. smelt answers shows whole requests and
answers, smelt retry puts the items back.

Examples:
  smelt failures papers
  smelt failures papers --all --json | jq -r '.[] | [.key, .cause, .message] | @tsv'

Keys of --json (an array of objects): items (how many of this cause there are; 1 with --limit
and --all), task, key, status (failed_validation or failed), cause,
message, findings (array or null), attempts, deliveries, batch, at (UTC), source_file,
source_line, answer (whole, or null). The view smelt.failures holds the same.

)";

json to_json(const failure_report &f) {
    const auto text_or_null = [](const std::string &value) { return value.empty() ? json(nullptr) : json(value); };
    return {{"items", f.items},
            {"task", f.task},
            {"key", f.key},
            {"status", f.status},
            {"cause", text_or_null(f.cause)},
            {"message", text_or_null(f.message)},
            {"findings", f.findings.empty() ? json(nullptr) : json::parse(f.findings, nullptr, false)},
            {"attempts", f.attempts},
            {"deliveries", f.deliveries},
            {"batch", f.batch ? json(*f.batch) : json(nullptr)},
            {"at", f.at ? json(f.at->iso) : json(nullptr)},
            {"source_file", text_or_null(f.source_file)},
            {"source_line", f.source_line > 0 ? json(f.source_line) : json(nullptr)},
            {"answer", text_or_null(f.answer)}};
}

std::string used_up(const failure_report &f) {
    std::vector<std::string> parts;
    if (f.attempts > 0)
        parts.push_back(count_of(f.attempts, "invalid answer"));
    if (f.deliveries > 0)
        parts.push_back(count_of(f.deliveries, "failed delivery"));
    return parts.empty() ? "" : " after " + join_words(parts);
}

void print(const failure_report &f, bool is_example, const terminal &t, std::ostream &out) {
    const auto clipped = [&](const std::string &line) { return clip_to(line, t); };
    if (is_example)
        out << clipped(printable(f.task) + ", " + (f.cause.empty() ? f.status : f.cause) + ": " +
                       count_of(f.items, "item") + (f.items == 1 ? "" : ", for example"))
            << '\n';
    out << paint(clipped(printable(f.key)), style::strong, t.colour) << '\n';
    const auto cause = f.cause.empty() ? f.status : f.cause;
    out << clipped("  " + printable(f.task) + ": " + cause + used_up(f) + (f.at ? ", " + ago(f.at->seconds_ago) : ""))
        << '\n';
    for (const auto &line : first_lines(f.message, 5, 1000))
        out << paint(clipped("  " + line), style::bad, t.colour) << '\n';
    if (!f.source_file.empty())
        out << paint(clipped("  " + printable(f.source_file) +
                             (f.source_line > 0 ? ":" + std::to_string(f.source_line) : "")),
                     style::faint, t.colour)
            << '\n';
    for (const auto &line : first_lines(f.answer, answer_lines, answer_line_bytes))
        out << paint(clipped("  | " + line), style::faint, t.colour) << '\n';
    out << '\n';
}

void print_last(const std::vector<failure_report> &shown, bool by_cause, std::int64_t all, const std::string &pipeline,
                std::ostream &out) {
    if (shown.empty()) {
        out << "No item of " << pipeline << " ended without a result.\n";
        return;
    }
    if (by_cause)
        out << group_digits(all) << (all == 1 ? " item" : " items") << " in all. Item by item: smelt failures "
            << pipeline << " --all\n";
    else
        out << "These are " << shown.size() << " of " << group_digits(all) << ".\n";
    out << "What was asked and answered: smelt answers " << pipeline << " --rejected\n"
        << "Ask them again with: smelt retry " << pipeline << '\n';
}

std::int64_t all_failures(store::reports &reports, const std::string &pipeline) {
    std::int64_t n = 0;
    for (const auto &t : reports.status(pipeline))
        n += t.failed + t.failed_validation;
    return n;
}

} // namespace

void describe(option_set &command, failures_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    command.count("--limit", a.limit, "Item by item, at most N");
    command.flag("--all", a.all, "Item by item, all of them");
    command.json(a.json);
    command.footer(footer);
}

exit_code execute(const failures_arguments &a, context &c) {
    auto database = open_database(c, "failures", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    db::transaction tx{*database.connection, {.read_only = true}};
    store::reports reports{tx};
    const bool by_cause = !a.all && !a.limit;
    constexpr auto every = std::numeric_limits<std::int64_t>::max();
    const auto failures =
        by_cause ? reports.failure_causes(pipeline.id) : reports.failures(pipeline.id, a.limit.value_or(every));
    if (a.json) {
        auto document = json::array();
        for (const auto &f : failures)
            document.push_back(to_json(f));
        print_json(c.out, document);
        return exit_code::ok;
    }
    for (const auto &f : failures)
        print(f, by_cause, c.out_terminal, c.out);
    print_last(failures, by_cause, all_failures(reports, pipeline.name), pipeline.name, c.out);
    return exit_code::ok;
}

} // namespace smelt::cli
