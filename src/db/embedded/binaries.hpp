#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::db {

/// One installed PostgreSQL server.
struct installation {
    int major = 0;
    std::filesystem::path bin;
};

/// Major version in the answer of `postgres --version` ("postgres (PostgreSQL) 15.8 (Debian ...)"), or 0.
int major_version(std::string_view answer);

/// All servers that can be found, newest first: SMELT_PG_BIN, the folders of Debian and Red Hat, PATH, pg_config.
std::vector<installation> find_installations();

/// The newest one that smelt supports. Throws unavailable with what to install.
installation newest_installation(const std::vector<installation> &found);

/// The one that a cluster of this major version needs. Throws unavailable; when there is only a newer one, it names the
/// command that upgrades the cluster.
installation installation_for(const std::vector<installation> &found, int major);

} // namespace smelt::db
