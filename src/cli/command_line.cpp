#include "smelt/cli/command_line.hpp"

#include "options.hpp"

#include "smelt/cli/commands.hpp"
#include "smelt/cli/version.hpp"
#include "smelt/config/suggest.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <ostream>
#include <poll.h>
#include <unistd.h>

namespace smelt::cli {
namespace {

constexpr const char *footer = R"(Examples:
  smelt init papers && cd papers     write a commented starter pipeline
  smelt run                          one pass over ./pipeline.yaml; cron calls this
  smelt run --wait                   until nothing is left in flight
  smelt status                       how far everything is
  smelt export papers                the results

The database is --db, else DATABASE_URL of the environment, else DATABASE_URL of the .env beside
each pipeline file named and of the current folder (they must agree), else the libpq variables
(PGHOST, ...), else the private PostgreSQL under SMELT_HOME. That one is started when needed. At
a terminal it is also made when needed; elsewhere only by smelt db start or --create-database.
A pipeline that is given by its name, not its file, says nothing about the database.

Exit codes:
  0    all is well, also when work is still in flight
  1    wrong usage, configuration or input
  2    the database or the provider could not be reached, or a list is incomplete
  3    items ended failed and --fail-on-failures was given
  4    something stands still until a person has done something
  130  interrupted

smelt COMMAND --help explains a command. More: docs/ of the source.)";

template <class Arguments>
void add(CLI::App &app, const char *name, const char *purpose, const char *group, invocation &chosen) {
    const auto arguments = std::make_shared<Arguments>();
    auto *command = app.add_subcommand(name, purpose)->group(group);
    option_set options{*command};
    describe(options, *arguments);
    command->callback([arguments, name, &chosen] {
        chosen.command = name;
        chosen.execute = [arguments](context &c) { return execute(*arguments, c); };
    });
}

void add_commands(CLI::App &app, invocation &chosen) {
    add<run_arguments>(app, "run", "Move every item of some pipelines as far as it can go: load, collect, submit",
                       "Work", chosen);
    add<plan_arguments>(app, "plan", "Say what a run would send, and what it costs", "Work", chosen);
    add<load_arguments>(app, "load", "Load a pipeline's records and do nothing else (run loads, too)", "Work", chosen);
    add<export_arguments>(app, "export", "Write results as tables", "Work", chosen);
    add<write_back_arguments>(app, "write-back", "Write results into tables of your own", "Work", chosen);
    add<review_arguments>(app, "review", "Judge answers one by one: accept, edit or reject", "Judge", chosen);
    add<approve_arguments>(app, "approve", "Accept answers by their score, many at once", "Judge", chosen);
    add<eval_arguments>(app, "eval", "Say how good answers are, beside labels of people", "Judge", chosen);
    add<status_arguments>(app, "status", "Show how far every task is: items, batches, score, tokens, cost", "Look",
                          chosen);
    add<report_arguments>(app, "report", "Show what a pipeline has come to: results, distributions, cost", "Look",
                          chosen);
    add<batches_arguments>(app, "batches", "List batches with what became of their requests", "Look", chosen);
    add<failures_arguments>(app, "failures", "Show why items ended without a result, by cause", "Look", chosen);
    add<show_arguments>(app, "show", "Show one record: how it stands in each task, and every answer", "Look", chosen);
    add<rules_arguments>(app, "rules", "Show what a rule pack has found in the records, or try it on examples", "Look",
                         chosen);
    add<answers_arguments>(app, "answers", "Show what was asked, what came back and what was wrong with it", "Look",
                           chosen);
    add<doctor_arguments>(app, "doctor", "Check the set-up, and with --deep the whole ledger", "Look", chosen);
    add<retry_arguments>(app, "retry", "Put items that ended without a result back to pending", "Put right", chosen);
    add<redo_arguments>(app, "redo", "Put finished items back to pending whose task or record has changed", "Put right",
                        chosen);
    add<cancel_arguments>(app, "cancel", "Cancel batches at the provider", "Put right", chosen);
    add<forget_arguments>(app, "forget", "Remove records and all that is known of them, or a whole pipeline",
                          "Put right", chosen);
    add<resume_arguments>(app, "resume", "Lift the holds that keep a pipeline from submitting", "Put right", chosen);
    add<adopt_arguments>(app, "adopt", "Tell Smelt what became of an unknown batch", "Put right", chosen);
    add<init_arguments>(app, "init", "Write a commented starter pipeline into a new folder", "Set up", chosen);
    add<migrate_arguments>(app, "migrate", "Create or bring up to date the schema of the database", "Set up", chosen);
    add<db_arguments>(app, "db", "Start, stop, look at or open the private PostgreSQL", "Set up", chosen);
}

void add_globals(CLI::App &app, global_options &g) {
    option_set options{app};
    options.text("--db", "CONNINFO", g.db, "libpq connection string or URI of the database");
    options
        .text("--log-level", "LEVEL", g.log_level,
              "trace, debug, info, warn, error or off; info unless given\n(warn while a progress bar is drawn)")
        .one_of({"trace", "debug", "info", "warn", "error", "off"});
    options.text("--log-format", "FORMAT", g.log_format, "text or json (one object per line)")
        .one_of({"text", "json"})
        .shows_default();
    options.text("--log-file", "FILE", g.log_file, "Append logs to FILE instead of standard error");
    options.flag("--no-color", g.no_color, "No colour on terminals; NO_COLOR does the same");
}

/// The word that should have been a command, or empty.
std::string unknown_command(const CLI::App &app) {
    if (!app.get_subcommands().empty())
        return {};
    const auto rest = app.remaining();
    const auto word = std::ranges::find_if(rest, [](const std::string &w) { return !w.starts_with('-'); });
    return word == rest.end() ? std::string{} : *word;
}

[[noreturn]] void refuse(const CLI::App &app, const CLI::ParseError &e) {
    if (const auto word = unknown_command(app); !word.empty()) {
        std::vector<std::string> known;
        for (const auto *command : app.get_subcommands([](const CLI::App *) { return true; }))
            known.push_back(command->get_name());
        throw usage_error{"there is no command called " + word, config::did_you_mean(word, known)};
    }
    const auto commands = app.get_subcommands();
    const auto command = commands.empty() ? std::string{} : commands.front()->get_name();
    if (command == "db" && !app.remaining(true).empty())
        throw usage_error{e.what(), "arguments of psql stand after two dashes: smelt db psql -- -c 'SELECT 1'"};
    throw usage_error{e.what(), "see: smelt " + (command.empty() ? "" : command + " ") + "--help"};
}

log::level level_of(const std::string &word) {
    if (word == "trace")
        return log::level::trace;
    if (word == "debug")
        return log::level::debug;
    if (word == "warn")
        return log::level::warn;
    if (word == "error")
        return log::level::error;
    return word == "off" ? log::level::off : log::level::info;
}

/// What ends a command is said on standard error; a log that is kept in a file has to hold it, too. In a catch block.
void log_exception(const global_options &g) {
    if (g.log_file.empty())
        return;
    try {
        throw;
    } catch (const reader_gone &) {
        return;
    } catch (const std::exception &e) {
        log::error("{}", e.what());
    }
}

exit_code execute_logged(const invocation &wanted, context &c) {
    try {
        return wanted.execute(c);
    } catch (...) {
        log_exception(wanted.global);
        throw;
    }
}

/// Whoever read our output through a pipe reads no more.
bool has_lost_its_reader() {
    pollfd output{STDOUT_FILENO, POLLOUT, 0};
    return ::poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

/// A full disk behind our output is an error; a reader that left is not.
void finish_output(std::ostream &out) {
    errno = 0;
    out.flush();
    if (out.good() || errno == EPIPE || has_lost_its_reader())
        return;
    // An earlier write may have failed, and this flush had nothing left to say why.
    throw error{std::string{"the output could not be written"} +
                    (errno == 0 ? "" : std::string{": "} + std::strerror(errno)),
                "see whether the disk is full"};
}

} // namespace

invocation parse_command_line(const std::vector<std::string> &arguments) {
    invocation chosen;
    CLI::App app{"Smelt turns rows of text into checked, scored, structured data through LLM batch APIs.", "smelt"};
    app.fallthrough();
    app.get_formatter()->column_width(32);
    app.get_formatter()->label("SUBCOMMAND", "COMMAND");
    app.footer(footer);
    app.set_version_flag("--version", "smelt " + std::string{version});
    app.require_subcommand(1);
    add_globals(app, chosen.global);
    add_commands(app, chosen);
    if (arguments.empty()) {
        chosen.text = app.help();
        return chosen;
    }
    try {
        app.parse(std::vector<std::string>{arguments.rbegin(), arguments.rend()}); // CLI11 takes them from the end
    } catch (const CLI::CallForHelp &) {
        chosen.text = app.help();
    } catch (const CLI::CallForVersion &e) {
        chosen.text = std::string{e.what()} + '\n';
    } catch (const CLI::ParseError &e) {
        refuse(app, e);
    }
    return chosen;
}

exit_code run_command_line(const std::vector<std::string> &arguments, std::ostream &out, std::ostream &err) {
    const auto wanted = parse_command_line(arguments);
    auto result = exit_code::ok;
    if (wanted.execute) {
        context c{wanted.global,
                  out,
                  err,
                  inspect_terminal(STDOUT_FILENO, wanted.global.no_color),
                  inspect_terminal(STDERR_FILENO, wanted.global.no_color),
                  ::isatty(STDIN_FILENO) == 1};
        log::configure({level_of(wanted.global.log_level), wanted.global.log_format == "json", wanted.global.log_file});
        result = execute_logged(wanted, c);
    } else {
        out << wanted.text;
    }
    finish_output(out);
    return result;
}

exit_code report_logged(context &c) {
    log_exception(c.global);
    return report_exception(c.err);
}

} // namespace smelt::cli
