#include "open_database.hpp"

#include "words.hpp"

#include "smelt/core/log.hpp"
#include "smelt/db/embedded.hpp"
#include "smelt/db/migrator.hpp"
#include "smelt/store/health.hpp"

namespace smelt::cli {
namespace {

using db::schema_state;

usage_error nothing_here() {
    return usage_error{"no pipeline has run here yet",
                       "start with: smelt run PIPELINE.yaml (smelt init DIR writes an example)"};
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

database open_database(const context &c, const std::string &command, schema_need need) {
    database d;
    d.settings = config::read_settings(c.global.db);
    if (need == schema_need::existing && d.settings.embedded && !db::embedded_server{d.settings.home}.inspect().exists)
        throw nothing_here();
    d.conninfo = db::resolve_database(d.settings);
    d.connection = std::make_unique<db::connection>(d.conninfo, "smelt " + command);
    if (need == schema_need::made)
        make_schema(d);
    else if (need == schema_need::existing)
        require_schema(d);
    return d;
}

} // namespace smelt::cli
