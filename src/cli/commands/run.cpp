#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/task_option.hpp"
#include "cli/terminal/output.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/cli/command_line.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/plan_report.hpp"
#include "smelt/cli/progress.hpp"
#include "smelt/cli/run_progress.hpp"
#include "smelt/cli/run_report.hpp"

#include <algorithm>
#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(One run loads new records, takes over what an interrupted run left, polls open batches,
collects results and submits what is claimable; then it exits. It is safe to call at any
time, from any number of machines, and to kill.

Examples:
  smelt run                                    ./pipeline.yaml, one pass
  smelt run papers.yaml --wait --timeout 12h   until all is done, at most twelve hours
  smelt run papers --sample 20 --wait          try a new prompt on 20 random items first
  smelt run papers --wait --collect-only       collect what is at the provider, and send nothing more
  smelt run papers --dry-run                   what would be sent, with one request in full
  */10 * * * * /usr/local/bin/smelt run /srv/papers/pipeline.yaml
                                               a crontab line: DATABASE_URL and the key stand in
                                               /srv/papers/.env (or: smelt db start was called once)

Keys of --json (one object): records_added, records_changed, batches_submitted,
requests_submitted, batches_collected, accepted, rejected, other, in_flight (open batches),
claimable, failed (items without a result), stuck_writes (events that write_back could not
write), timed_out, needs_person, notes.
With --dry-run the array of smelt plan --json, each object with a request.

)";

std::vector<std::string> wanted_pipelines(const run_arguments &a) {
    if (!a.pipelines.empty())
        return a.pipelines;
    if (!std::filesystem::exists("pipeline.yaml"))
        throw usage_error{"there is no pipeline.yaml in this folder",
                          "name a pipeline file, or write one with: smelt init DIR"};
    return {"pipeline.yaml"};
}

/// The pipelines that a command is about. One whose file is wrong does not keep the others from their work.
struct read_pipelines {
    std::vector<config::pipeline> loaded;
    std::vector<std::exception_ptr> problems;
};

read_pipelines load_files(const std::vector<std::string> &wanted, const context &c) {
    std::unique_ptr<db::connection> names; // opened only when a name has to be looked up
    read_pipelines all;
    for (const auto &argument : wanted) {
        if (!actions::means_file(argument) && !names)
            names = open_database(c, "run", schema_need::existing, wanted).connection;
        try {
            auto p = actions::means_file(argument) ? config::load_pipeline(argument)
                                                   : actions::load_named_pipeline(*names, argument);
            if (std::ranges::find(all.loaded, p.name, &config::pipeline::name) != all.loaded.end())
                throw usage_error{"pipeline " + p.name + " is given twice", "pipelines need different names"};
            all.loaded.push_back(std::move(p));
        } catch (const usage_error &) {
            all.problems.push_back(std::current_exception());
        }
    }
    if (all.loaded.empty())
        std::rethrow_exception(all.problems.front());
    return all;
}

orchestrator::run_options options_of(const run_arguments &a) {
    orchestrator::run_options o;
    o.max = a.max;
    o.sample = a.sample;
    o.name = a.name;
    o.task = a.task;
    o.model = a.model;
    o.wait = a.wait;
    o.collect_only = a.collect_only;
    o.poll = a.poll;
    o.timeout = a.timeout;
    o.accept_changes = a.accept_changes;
    o.allow_old_version = a.allow_old_version;
    return o;
}

std::vector<std::string> names_of(const std::vector<config::pipeline> &pipelines) {
    std::vector<std::string> names;
    names.reserve(pipelines.size());
    for (const auto &p : pipelines)
        names.push_back(p.name);
    return names;
}

/// The state after the run, over a fresh connection: the run may have taken hours.
std::vector<store::task_report> state_of(const std::vector<config::pipeline> &pipelines, const std::string &conninfo) {
    db::connection connection{conninfo, "smelt run"};
    return read_status(connection, names_of(pipelines));
}

/// Log lines and the bar would fall over each other, so while it is drawn only warnings are written, unless asked for
/// more.
void quieten_logs(const global_options &g, const terminal &err) {
    if (err.is_terminal && g.log_level.empty() && g.log_file.empty())
        log::configure({log::level::warn, g.log_format == "json", {}});
}

orchestrator::run_summary run_watched(const database &database, const std::vector<config::pipeline> &pipelines,
                                      const orchestrator::run_options &options, context &c) {
    quieten_logs(c.global, c.err_terminal);
    if (!options.wait) {
        progress_bar bar{c.err, c.err_terminal};
        return orchestrator::run(database.settings, pipelines, options, bar.sink());
    }
    // Log lines that were asked for stand in the place of the bar.
    const bool logs_tell = !c.global.log_level.empty() && c.global.log_file.empty() && log::enabled(log::level::info);
    const run_watch watch{database.conninfo, names_of(pipelines), c.err, logs_tell ? terminal{} : c.err_terminal};
    return orchestrator::run(database.settings, pipelines, options, [](const auto &) {});
}

/// What goes on at the provider after a run was interrupted, and how to go on here.
void tell_of_interrupt(const std::vector<config::pipeline> &pipelines, const std::string &conninfo, context &c) {
    try {
        std::int64_t batches = 0, requests = 0;
        for (const auto &task : state_of(pipelines, conninfo)) {
            batches += task.open_batches;
            requests += task.open_requests;
        }
        std::string files;
        for (const auto &p : pipelines)
            files += " " + p.file.string();
        if (batches > 0)
            c.err << printable(count_of(batches, "batch") + " with " + count_of(requests, "request") +
                               (batches == 1 ? " goes" : " go") + std::string{" on at the provider. "});
        c.err << printable("Go on with: smelt run" + files + (batches > 0 ? " (or only collect: --collect-only)" : ""))
              << '\n';
    } catch (const std::exception &e) {
        log::debug("the state after the interrupt cannot be read: {}", e.what());
    }
}

/// The problem that a run ended with, told after its summary.
exit_code tell(const std::exception_ptr &problem, context &c) {
    try {
        std::rethrow_exception(problem);
    } catch (...) {
        return report_logged(c);
    }
}

/// The plan of this very run, and one request in full.
exit_code show_plan(const config::settings &settings, const std::vector<config::pipeline> &pipelines,
                    const orchestrator::run_options &options, bool as_json, context &c) {
    auto document = json::array();
    bool from_web = false;
    for (const auto &p : pipelines) {
        from_web = from_web || p.source.http;
        const auto plan = orchestrator::plan(settings, p, options);
        if (as_json)
            for (auto &task : to_json(plan, true))
                document.push_back(std::move(task));
        else
            for (const auto &line : describe_plan(plan, true))
                c.out << printable(line) << '\n';
    }
    if (as_json)
        print_json(c.out, document);
    else
        c.out << "Nothing was sent" << (from_web ? ", and no list was read: smelt load reads them" : "") << ".\n";
    return exit_code::ok;
}

} // namespace

void describe(option_set &command, run_arguments &a) {
    command.positional("PIPELINE", a.pipelines,
                       "Files, or names of pipelines that have run before; ./pipeline.yaml\nwhen none is given");
    const auto wait = command.flag("--wait", a.wait, "Repeat passes until nothing is left in flight or to send");
    const auto collect =
        command.flag("--collect-only", a.collect_only, "Ask for what was sent and collect it; load and send nothing");
    command.duration("--poll", a.poll, "With --wait: the longest pause between passes").needs(wait);
    command.duration("--timeout", a.timeout, "With --wait: stop after this time, which is no failure").needs(wait);
    command.count("--max", a.max, "Send at most N items in this run, retries included").excludes(collect);
    command.count("--sample", a.sample, "Send N random claimable items per task, and only those").excludes(collect);
    command.text("--task", "TASK", a.task, "Submit for this task only; open batches of all are served")
        .excludes(collect);
    command.text("--model", "MODEL", a.model, "Use this model instead of the file's; marked as an override")
        .excludes(collect);
    command.text("--name", "NAME", a.name, "Display name of the batches, as smelt batches shows it").excludes(collect);
    command.flag("--dry-run", a.dry_run, "Load, then say what would be sent and show one request; sends nothing")
        .excludes(collect);
    command.flag("--accept-changes", a.accept_changes,
                 "Load although it puts many finished items back to pending\n(more than 100 and more than 5 %), or "
                 "changes records of a\npipeline that another file of this name has loaded");
    command.flag("--allow-old-version", a.allow_old_version, "Go back to an earlier version of a task on purpose");
    command.flag("--fail-on-failures", a.fail_on_failures, "Exit with 3 when items ended without a result");
    command.flag("--create-database", a.create_database, create_database_text);
    command.json(a.json);
    command.footer(
        footer, "  3    items ended failed, or could not be written back, and --fail-on-failures was given\n"
                "  4    something waits for a person, as a note says: a key that is refused, a task whose answers\n"
                "       fail too often, a budget in total that is used up, a batch or job of which only you can say\n"
                "       what became of it\n"
                "  130  interrupted; nothing is lost\n"
                "Of several the first of 130, 1, 4, 2, 3.\n");
}

exit_code execute(const run_arguments &a, context &c) {
    const auto wanted = wanted_pipelines(a);
    const auto read = load_files(wanted, c);
    const auto &pipelines = read.loaded;
    check_task(a.task, pipelines);
    auto database = open_database(c, "run", schema_need::made, wanted, a.create_database);
    database.connection.reset(); // the run has connections of its own
    const auto options = options_of(a);
    auto code = exit_code::ok;
    for (const auto &problem : read.problems)
        code = worse_of(code, tell(problem, c));
    if (a.dry_run)
        return worse_of(code, show_plan(database.settings, pipelines, options, a.json, c));

    orchestrator::run_summary summary;
    try {
        summary = run_watched(database, pipelines, options, c);
    } catch (const interrupted &) {
        tell_of_interrupt(pipelines, database.conninfo, c);
        throw;
    }
    if (a.json)
        print_json(c.out, to_json(summary));
    else
        for (const auto &line : describe_run(summary, state_of(pipelines, database.conninfo)))
            c.out << printable(line) << '\n';
    code = worse_of(code, code_of(summary, a.fail_on_failures));
    return summary.problem ? worse_of(code, tell(summary.problem, c)) : code;
}

} // namespace smelt::cli
