#pragma once

#include "smelt/config/settings.hpp"

#include <filesystem>
#include <string>

namespace smelt::db {

/// The private PostgreSQL cluster under SMELT_HOME: made on first use, socket only, started when needed, left running.
class embedded_server {
  public:
    explicit embedded_server(std::filesystem::path home);

    struct state {
        bool exists = false;
        bool running = false;
        int pid = 0;
        std::string version;  ///< of the running server, or of the cluster's PG_VERSION
        std::string conninfo; ///< how to connect (socket folder, port, user, dbname)
        std::filesystem::path data;
        std::filesystem::path log;
    };

    [[nodiscard]] state inspect() const;

    /// Makes the cluster when there is none, starts the server when it is not running, restarts it when its binaries
    /// were upgraded under it, clears what a kill left behind. Safe to call from several processes at once. Returns the
    /// conninfo. Throws unavailable with what to install or to do when it cannot.
    std::string ensure_running();

    /// Fast shutdown. Nothing happens when it is not running.
    void stop();

    /// Moves the cluster to the newest installed major version with pg_upgrade; the old cluster stays beside it as
    /// data.old. False, and nothing was touched: it has that version already.
    bool upgrade();

  private:
    std::filesystem::path home_;
};

/// conninfo for these settings; starts the embedded server when they ask for it. Throws usage_error when there is no
/// private cluster yet: only a person makes one, because what looks for its database in the wrong place would begin
/// anew.
std::string resolve_database(const config::settings &s);

} // namespace smelt::db
