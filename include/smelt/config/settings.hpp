#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace smelt::config {

/// Where the database is and where the program keeps its own files.
struct settings {
    /// A libpq connection string or URI; empty: the libpq variables if PGHOST, PGDATABASE or PGSERVICE is set, else
    /// embedded.
    std::string database;
    bool embedded = false;
    /// SMELT_HOME, else /var/lib/smelt as root, else ${XDG_DATA_HOME:-~/.local/share}/smelt.
    std::filesystem::path home;

    [[nodiscard]] std::filesystem::path spool() const { return home / "spool"; }
};

/// --db wins over DATABASE_URL, which wins over the libpq variables. DATABASE_URL and SMELT_HOME come from the
/// environment, else from the .env beside each of these pipeline files and of the current folder: those that set one
/// have to agree. Throws usage_error that names both files when they do not.
settings read_settings(const std::string &db_option, const std::vector<std::filesystem::path> &pipelines = {});

} // namespace smelt::config
