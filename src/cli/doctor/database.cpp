#include "doctor.hpp"

#include "smelt/cli/psql_command.hpp"
#include "smelt/cli/status_report.hpp"
#include "smelt/db/embedded.hpp"
#include "smelt/db/migrator.hpp"
#include "smelt/store/health.hpp"
#include "smelt/store/installation.hpp"

namespace smelt::cli {
namespace {

/// False when there is no private cluster yet: looking must not make one.
bool check_embedded(const config::settings &s, findings &f) {
    const auto state = db::embedded_server{s.home}.inspect();
    if (!state.exists) {
        f.warn("server", "no database is found: none is named, and there is no private one in " + s.home.string(),
               "name one with --db or DATABASE_URL (docs/operations.md, \"Which database\"), or make a private one: "
               "smelt db start");
        return false;
    }
    f.ok("server", "private PostgreSQL " + state.version +
                       (state.running ? ", pid " + std::to_string(state.pid) : ", started now"));
    return true;
}

bool check_schema(db::connection &c, findings &f) {
    switch (db::inspect_schema(c)) {
    case db::schema_state::absent:
        f.warn("schema", "no pipeline has run in this database yet", "start with: smelt run PIPELINE.yaml");
        return false;
    case db::schema_state::older:
        f.fail("schema", "the schema was made by an older smelt", "bring it up to date with: smelt migrate");
        return false;
    case db::schema_state::current: {
        db::transaction tx{c, {.read_only = true}};
        store::installation{tx}.refuse_moved();
        f.ok("schema", "up to date");
        return true;
    }
    }
    return false;
}

void report(const std::string &check, const std::vector<std::string> &sentences, const std::string &fine,
            const std::string &advice, findings &f) {
    for (const auto &sentence : sentences)
        f.warn(check, sentence, advice);
    if (sentences.empty())
        f.ok(check, fine);
}

void report(const std::string &check, const std::vector<store::obstacle> &obstacles, const std::string &fine,
            const std::string &advice, findings &f) {
    for (const auto &o : obstacles)
        o.needs_person ? f.needs_person(check, o.sentence, advice) : f.warn(check, o.sentence, advice);
    if (obstacles.empty())
        f.ok(check, fine);
}

} // namespace

std::unique_ptr<db::connection> check_database(const config::settings &s, findings &f) {
    std::unique_ptr<db::connection> connection;
    bool usable = false;
    const bool reached = f.guard("server", [&] {
        if (s.embedded && !check_embedded(s, f))
            return;
        connection = std::make_unique<db::connection>(db::resolve_database(s), "smelt doctor");
        db::transaction tx{*connection, {.read_only = true}};
        f.ok("database", "PostgreSQL " + store::health{tx}.server_version() + " answers" +
                             (s.embedded || s.database.empty() ? "" : " at " + split_password(s.database).conninfo));
    });
    if (reached && connection)
        f.guard("schema", [&] { usable = check_schema(*connection, f); });
    if (!usable)
        connection.reset();
    return connection;
}

void check_work(db::connection &c, findings &f) {
    f.guard("cluster", [&] {
        db::transaction tx{c, {.read_only = true}};
        report("cluster", store::health{tx}.moved(), "the one of the first run",
               "let no run start before this: smelt adopt --from-provider PIPELINE", f);
    });
    f.guard("work", [&] {
        db::transaction tx{c, {.read_only = true}};
        store::health health{tx};
        report("holds", health.active_holds(), "nothing is on hold", "when its reason is gone: smelt resume PIPELINE",
               f);
        report("batches", health.unknown_batches(), "no batch is unknown",
               "smelt run looks for it; you can say what became of it: smelt adopt --help", f);
        report("deleted rows", health.orphaned(), "no request lost its item",
               "take records away with smelt forget, not by SQL; what was sent for these was paid for", f);
        report("runners", health.dead_leases(), "no runner left work behind",
               "the next smelt run takes its batches over", f);
        report("views", health.absent_views(), "every task has its view in smelt_out",
               "smelt run makes it and says what is in the way", f);
    });
}

void check_budgets(db::connection &c, findings &f) {
    f.guard("budgets", [&] {
        db::transaction tx{c, {.read_only = true}};
        const auto all = store::reports{tx}.budgets("");
        if (all.empty())
            f.ok("budgets", "none: nothing limits what a run may spend (budget: in the pipeline file)");
        for (const auto &budget : all)
            if (budget.is_too_small || (budget.is_used_up && budget.per == "total"))
                f.needs_person("budgets", budget_line(budget),
                               "raise it in the file of " + budget.said_by + ", or leave it");
            else if (budget.differs)
                f.warn("budgets", budget_line(budget), "write the same amount into the files that name this account");
            else
                f.ok("budgets", budget_line(budget));
    });
}

void check_deep(db::connection &c, findings &f) {
    for (const auto &name : store::health::deep_checks())
        f.guard(name, [&] {
            // Recomputing may take long on millions of attempts; the user asked for it and can interrupt it.
            db::transaction tx{c, {.read_only = true, .bounds = {.statement = {}}}};
            const auto wrong = store::health{tx}.run_deep(name);
            for (const auto &sentence : wrong)
                f.fail(name, sentence,
                       "please report this with the output of smelt batches --json; nothing repairs it by itself");
            if (wrong.empty())
                f.ok(name, "as it should be");
        });
}

} // namespace smelt::cli
