#include "smelt/actions/forget.hpp"

#include "cli/key_list.hpp"
#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/confirm.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/progress.hpp"

#include <optional>
#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Removes what was loaded, fetched and found, every answer, verdicts and what waits to be written
back. What remains of an answer are its figures (outcome, tokens, cost), so that ledger and spend
stay true. What is under way at a provider is dropped when it comes back; its files there are
deleted when the batch has closed. A key that was forgotten is not loaded again. --task removes
the answers of a task that the file names no more, --all the pipeline: what remains are the figures
of its batches, and its name is used again only with --allow-again. Your own tables are told by
write_back.forgotten; backups and exports are yours to look after.

Examples:
  smelt forget papers --key arxiv-1706.03762
  smelt forget papers --keys withdrawn.txt --dry-run
  smelt forget papers --where "fields->>'author' = 'N. N.'" --yes
  smelt forget papers --all

)";

void check_choice(const forget_arguments &a) {
    const bool by_record = !a.keys.key.empty() || !a.keys.file.empty() || !a.keys.where.empty();
    const int choices = (by_record ? 1 : 0) + (a.task.empty() ? 0 : 1) + (a.all ? 1 : 0);
    if (choices == 0)
        throw usage_error{"say what to forget",
                          "records: --key, --keys or --where; a task's answers: --task; the whole "
                          "pipeline: --all"};
    if (choices > 1)
        throw usage_error{"records, --task and --all exclude one another", "give one of them"};
    if (a.allow_again && !a.task.empty())
        throw usage_error{"--allow-again is about records and pipelines", "leave it out"};
}

/// "3 records, 5 answers and 1 verdict".
std::string words_of(const store::forget_counts &counts) {
    std::vector<std::string> parts;
    const auto add = [&](std::int64_t n, const char *what) {
        if (n > 0)
            parts.push_back(count_of(n, what));
    };
    add(counts.records, "record");
    add(counts.answers, "answer");
    add(counts.reviews, "verdict");
    return parts.empty() ? "nothing but its name" : join_words(parts);
}

/// Whether a call would change nothing.
bool is_done(const actions::forget_plan &plan) {
    const auto &counts = plan.counts;
    const bool is_empty = counts.records == 0 && counts.answers == 0 && counts.reviews == 0;
    if (plan.choice.everything)
        return is_empty && plan.is_marked && !plan.choice.allows_again;
    if (plan.task)
        return is_empty;
    const bool lifts = plan.choice.allows_again && plan.choice.records.keys;
    return plan.records.empty() && !lifts && (plan.unknown.empty() || plan.choice.allows_again);
}

void write_plan(const actions::forget_plan &plan, std::ostream &out) {
    const auto &counts = plan.counts;
    if (!plan.unknown.empty() && !plan.choice.allows_again)
        out << count_of(static_cast<std::int64_t>(plan.unknown.size()), "key")
            << (plan.unknown.size() == 1 ? " is of no record here; it is" : " are of no record here; they are")
            << " not loaded when one comes.\n";
    if (counts.records == 0 && !plan.choice.everything && !plan.task)
        return;
    out << printable(plan.pipeline.name) << ": " << words_of(counts) << ".\n";
    if (counts.in_flight > 0)
        out << count_of(counts.in_flight, "request") << (counts.in_flight == 1 ? " is" : " are")
            << " under way: what comes back is dropped, and what was sent is paid for.\n";
    if (counts.copies > 0)
        out << count_of(counts.copies, "other record") << (counts.copies == 1 ? " has its" : " have their")
            << " answers from these (dedupe), and will be asked themselves.\n";
}

std::string question(const actions::forget_plan &plan) {
    if (plan.choice.everything)
        return "Remove the pipeline " + plan.pipeline.name + "? This cannot be undone.";
    if (plan.task)
        return "Remove all answers of task " + plan.task->name + "? This cannot be undone.";
    if (plan.records.empty())
        return "Go on?";
    return "Remove " + std::string{plan.counts.records == 1 ? "it" : "them"} + "? This cannot be undone.";
}

void write_done(const actions::forget_plan &plan, const actions::forgotten &done, std::ostream &out) {
    for (const auto &note : done.notes)
        out << printable(note) << ".\n";
    if (plan.choice.everything)
        out << "The pipeline " << printable(plan.pipeline.name) << " is forgotten"
            << (plan.choice.allows_again ? "; its name may be used again.\n" : ".\n");
    else if (plan.task)
        out << "The answers of task " << printable(plan.task->name) << " are forgotten.\n";
    else if (!plan.records.empty())
        out << "Forgotten: " << count_of(done.records, "record") << ".\n";
    if (plan.counts.in_flight > 0)
        out << "What is under way is dropped by the next runs.\n";
    if (done.allowed > 0)
        out << (done.allowed == 1 ? "A key" : group_digits(done.allowed) + " keys")
            << " may be loaded again; the next run reads the source for it.\n";
}

} // namespace

void describe(option_set &command, forget_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    const auto key = command.text("--key", "KEY", a.keys.key, "The record with this key").not_empty();
    const auto keys =
        command.text("--keys", "FILE", a.keys.file, "These records: one key a line; - reads standard input")
            .not_empty();
    keys.excludes(key);
    command.text("--where", "SQL", a.keys.where, "Records for which this holds: SQL over fields, evidence and key")
        .not_empty()
        .excludes(key)
        .excludes(keys);
    command.text("--task", "TASK", a.task, "The answers of a task that the file names no more").not_empty();
    command.flag("--all", a.all, "The whole pipeline");
    command.flag("--allow-again", a.allow_again, "The keys may be loaded again; with --all the name used again");
    const auto dry = command.flag("--dry-run", a.dry_run, "Only say what there is");
    command.flag("--yes", a.yes, "Do not ask; required when standard input is not a terminal").excludes(dry);
    command.footer(footer);
}

exit_code execute(const forget_arguments &a, context &c) {
    check_choice(a);
    auto database = open_database(c, "forget", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline, true);
    const auto plan =
        actions::plan_forget(*database.connection, pipeline, {records_of(a.keys), a.task, a.all, a.allow_again});
    if (is_done(plan)) {
        c.out << "Nothing to forget: "
              << (a.keys.where.empty() ? "it is forgotten already.\n" : "no record is meant.\n");
        return exit_code::ok;
    }
    write_plan(plan, c.out);
    if (a.dry_run)
        return exit_code::ok;
    c.out << std::flush;
    if (!a.yes && !confirm(c, question(plan))) {
        c.out << "Nothing was changed.\n";
        return exit_code::ok;
    }
    std::optional<progress_bar> bar{std::in_place, c.err, c.err_terminal};
    const auto sink = bar->sink();
    const auto done = actions::forget(database.settings, *database.connection, plan, [&](std::int64_t records) {
        sink({"forget", plan.pipeline.name, records, plan.counts.records, {}});
    });
    bar.reset();
    write_done(plan, done, c.out);
    return exit_code::ok;
}

} // namespace smelt::cli
