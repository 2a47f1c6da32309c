#include "smelt/db/embedded.hpp"

#include "db/conninfo.hpp"
#include "lock.hpp"
#include "postmaster.hpp"
#include "upgrade.hpp"

#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"
#include "smelt/db/connection.hpp"

namespace smelt::db {
namespace {

namespace fs = std::filesystem;

std::string conninfo_of(const layout &at) {
    return "host=" + conninfo_value(socket_folder(at).string()) + " port=5432 user=smelt dbname=smelt";
}

std::string version_of(const std::string &conninfo) {
    try {
        connection c{conninfo, "smelt db status"};
        transaction tx{c, {.read_only = true}};
        return tx.exec_one("SHOW server_version")[0].as<std::string>();
    } catch (const std::exception &) {
        return {};
    }
}

/// Whether the server can go on as it is; the reason why not is logged.
bool is_healthy(const layout &at, const pid_file &server) {
    std::error_code ignored;
    if (is_outdated(server)) {
        log::info("the PostgreSQL programs were upgraded under the private database server; it is restarted");
        return false;
    }
    if (server.socket_folder != socket_folder(at) || !fs::exists(socket_folder(at) / ".s.PGSQL.5432", ignored)) {
        log::warn("the socket of the private database server is gone; it is restarted");
        return false;
    }
    return true;
}

/// A server that serves, or empty when one has to be started.
bool keep_running_server(const layout &at) {
    auto server = find_postmaster(at);
    if (!server)
        return false;
    if (server->status == "ready" && is_healthy(at, *server))
        return true;
    if (server->status != "ready" && server->status != "stopping" && wait_until_ready(at))
        return keep_running_server(at);
    server = find_postmaster(at);
    if (server)
        stop_postmaster(at, *server);
    return false;
}

/// Files that cannot be read or written end as one clear sentence, too.
template <class Work>
auto translated(Work work) -> decltype(work()) {
    try {
        return work();
    } catch (const fs::filesystem_error &e) {
        throw unavailable{std::string{"the private database cannot be used: "} + e.what(),
                          "it belongs to one user; use that one, or set SMELT_HOME"};
    }
}

std::string ensure_running_at(const layout &at) {
    const auto who = server_identity();
    prepare_root(at, who);
    const cluster_lock lock{at};
    finish_upgrade(at);
    if (!cluster_exists(at)) {
        make_cluster(at, who, newest_installation(find_installations()), contents::database);
        fs::rename(at.fresh, at.data);
    }
    if (!keep_running_server(at))
        start_postmaster(at, who, installation_for(find_installations(), cluster_major(at)));
    return conninfo_of(at);
}

void stop_at(const layout &at) {
    if (!cluster_exists(at))
        return;
    const cluster_lock lock{at};
    if (const auto server = find_postmaster(at))
        stop_postmaster(at, *server);
}

bool upgrade_at(const layout &at) {
    if (!cluster_exists(at))
        throw usage_error{"there is no private database in " + at.data.string(), "smelt db start makes one"};
    const auto who = server_identity();
    prepare_root(at, who);
    const cluster_lock lock{at};
    finish_upgrade(at);
    if (newest_installation(find_installations()).major <= cluster_major(at))
        return false;
    if (const auto server = find_postmaster(at))
        stop_postmaster(at, *server);
    upgrade_cluster(at, who);
    return true;
}

embedded_server::state state_at(const layout &at) {
    embedded_server::state out;
    out.data = at.data;
    out.log = at.log;
    out.exists = cluster_exists(at);
    if (!out.exists)
        return out;
    out.conninfo = conninfo_of(at);
    out.version = std::string{trim(read_text(at.data / "PG_VERSION"))};
    if (const auto server = find_postmaster(at)) {
        out.running = true;
        out.pid = server->pid;
        if (auto running = version_of(out.conninfo); !running.empty())
            out.version = std::move(running);
    }
    return out;
}

} // namespace

embedded_server::embedded_server(fs::path home) : home_{std::move(home)} {}

embedded_server::state embedded_server::inspect() const {
    return translated([&] { return state_at(layout{home_}); });
}

std::string embedded_server::ensure_running() {
    return translated([&] { return ensure_running_at(layout{home_}); });
}

void embedded_server::stop() {
    translated([&] { stop_at(layout{home_}); });
}

bool embedded_server::upgrade() {
    return translated([&] { return upgrade_at(layout{home_}); });
}

std::string resolve_database(const config::settings &s) {
    if (!s.embedded)
        return s.database;
    embedded_server server{s.home};
    if (const auto seen = server.inspect(); !seen.exists)
        throw usage_error{"there is no private database in " + seen.data.string(), "smelt db start makes one"};
    return server.ensure_running();
}

} // namespace smelt::db
