#include "open_database.hpp"

#include "words.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/log.hpp"
#include "smelt/db/embedded.hpp"
#include "smelt/db/migrator.hpp"
#include "smelt/store/health.hpp"
#include "smelt/store/installation.hpp"

#include <algorithm>
#include <ostream>

namespace smelt::cli {
namespace {

using db::schema_state;

usage_error nothing_here() {
    return usage_error{"no pipeline has run here yet",
                       "start with: smelt run PIPELINE.yaml (smelt init DIR writes an example)"};
}

usage_error no_database(const config::settings &s, schema_need need, const std::vector<std::string> &pipelines) {
    std::string advice = "name it with --db, or with DATABASE_URL in the environment or in a .env";
    if (std::ranges::any_of(pipelines, actions::means_file))
        advice += " beside the pipeline file";
    else if (need == schema_need::existing && pipelines.empty())
        advice = "call it in the pipeline's folder, so that the .env there is read, or name the database with --db";
    else if (need == schema_need::existing)
        advice = "name the pipeline's file, so that the .env beside it is read, or name the database with --db";
    if (need != schema_need::existing)
        advice += "; smelt db start makes a private one";
    return usage_error{"no database is found: none is named, and there is no private one in " + s.home.string(),
                       advice};
}

/// Whoever looks for an existing database in the wrong place must not be given an empty one: every row would be sent
/// and paid for again.
void prepare_embedded(const context &c, const config::settings &s, schema_need need,
                      const std::vector<std::string> &pipelines, bool create) {
    db::embedded_server server{s.home};
    if (server.inspect().exists)
        return;
    if (need == schema_need::existing || !(create || c.can_ask))
        throw no_database(s, need, pipelines);
    c.err << "No database is named: a private PostgreSQL is made in " << printable(s.home.string()) << ".\n";
    server.ensure_running();
}

bool may_migrate(const database &d, schema_state state) {
    if (d.settings.embedded)
        return true;
    if (state == schema_state::older)
        return false;
    db::transaction tx{*d.connection, {.read_only = true}};
    return store::health{tx}.database_is_empty();
}

void make_schema(database &d) {
    const auto state = db::inspect_schema(*d.connection);
    if (state == schema_state::current)
        return;
    if (!may_migrate(d, state))
        throw usage_error{state == schema_state::older ? "this database was made by an older smelt"
                                                       : "this database has tables of others and no schema smelt yet",
                          "look that it is the right one, then: smelt migrate"};
    log::info("the database is prepared: {}", join_with(db::migrate(*d.connection), ", "));
}

void require_schema(const database &d) {
    switch (db::inspect_schema(*d.connection)) {
    case schema_state::absent:
        throw nothing_here();
    case schema_state::older:
        throw usage_error{"this database was made by an older smelt", "bring it up to date with: smelt migrate"};
    case schema_state::current:
        return;
    }
}

} // namespace

config::settings find_settings(const context &c, const std::vector<std::string> &pipelines) {
    std::vector<std::filesystem::path> files;
    for (const auto &argument : pipelines)
        if (actions::means_file(argument))
            files.emplace_back(argument);
    return config::read_settings(c.global.db, files);
}

database open_database(const context &c, const std::string &command, schema_need need,
                       const std::vector<std::string> &pipelines, bool create) {
    database d;
    d.settings = find_settings(c, pipelines);
    if (d.settings.embedded)
        prepare_embedded(c, d.settings, need, pipelines, create);
    d.conninfo = db::resolve_database(d.settings);
    d.connection = std::make_unique<db::connection>(d.conninfo, "smelt " + command);
    if (need == schema_need::made)
        make_schema(d);
    else if (need == schema_need::existing)
        require_schema(d);
    if (need != schema_need::any) {
        db::transaction tx{*d.connection, {.read_only = true}};
        store::installation{tx}.refuse_moved();
    }
    return d;
}

} // namespace smelt::cli
