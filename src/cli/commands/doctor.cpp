#include "cli/doctor/doctor.hpp"

#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output.hpp"

#include "smelt/cli/commands.hpp"

#include <filesystem>
#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Checks the program, its folders and disk, the database, its schema, holds, unknown batches and
dead runners, and, when there is one, the pipeline: its file, its templates and schemas, and
whether its key can be read (the key itself is never shown). --deep recomputes counts, ledger,
tokens and cost of everything from smelt.item and smelt.attempt. Nothing is changed.

Lines begin with OK, WARN (may need you) or FAIL (is wrong). Something that stands still until
you have done what its line says ends doctor with exit code 4.

Examples:
  smelt doctor
  smelt doctor papers.yaml --deep

Keys of --json (an array of objects): level (ok, warn, fail), check, message, advice (or null).

)";

const char *word_of(finding::level how) {
    return how == finding::level::ok ? "OK" : how == finding::level::warn ? "WARN" : "FAIL";
}

style style_of(finding::level how) {
    return how == finding::level::ok ? style::good : how == finding::level::warn ? style::warn : style::bad;
}

void print(const finding &f, context &c) {
    const std::string word = word_of(f.how);
    c.out << paint(word, style_of(f.how), c.out_terminal.colour) << std::string(6 - word.size(), ' ')
          << printable(f.check) << ": " << printable(f.message) << '\n';
    if (!f.advice.empty())
        c.out << "      -> " << printable(f.advice) << '\n';
}

json to_json(const finding &f) {
    const char *level = f.how == finding::level::ok ? "ok" : f.how == finding::level::warn ? "warn" : "fail";
    return {{"level", level},
            {"check", f.check},
            {"message", f.message},
            {"advice", f.advice.empty() ? json(nullptr) : json(f.advice)}};
}

findings examine(const doctor_arguments &a, context &c) {
    findings f;
    check_program(f);
    config::settings settings;
    std::unique_ptr<db::connection> connection;
    if (f.guard("settings", [&] { settings = find_settings(c, {a.pipeline}); })) {
        check_folders(settings, f);
        connection = check_database(settings, f);
    }
    if (connection) {
        check_work(*connection, f);
        check_budgets(*connection, f);
    }
    const std::string nearby = "pipeline.yaml";
    if (!a.pipeline.empty() || std::filesystem::exists(nearby))
        check_pipeline(a.pipeline.empty() ? nearby : a.pipeline, connection.get(), f);
    if (a.deep && connection)
        check_deep(*connection, f);
    return f;
}

} // namespace

void describe(option_set &command, doctor_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file to check, too; ./pipeline.yaml when it is there");
    command.flag("--deep", a.deep, "Recompute the ledger of every batch; reads every item and attempt");
    command.json(a.json);
    command.footer(footer);
}

exit_code execute(const doctor_arguments &a, context &c) {
    const auto f = examine(a, c);
    if (a.json) {
        auto document = json::array();
        for (const auto &one : f.all())
            document.push_back(to_json(one));
        print_json(c.out, document);
    } else {
        for (const auto &one : f.all())
            print(one, c);
    }
    return f.code();
}

} // namespace smelt::cli
