#pragma once

#include "smelt/cli/context.hpp"
#include "smelt/config/settings.hpp"
#include "smelt/db/connection.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smelt::cli {

struct database {
    config::settings settings;
    std::string conninfo;
    std::unique_ptr<db::connection> connection;
};

enum class schema_need {
    existing, ///< a pipeline has run here; nothing is made for the sake of looking
    made, ///< run, load, and what is tried before them: the embedded or an empty database is migrated, elsewhere the
          ///< user is told to
    any,  ///< as it is: migrate and doctor
};

/// Where the database is for a command about these pipelines (names and files as they were given).
config::settings find_settings(const context &c, const std::vector<std::string> &pipelines);

/// The one way to the database of a command; its name becomes application_name. A private server that is not there is
/// made only when create says so, or a person is at the terminal, and never for the sake of looking. Throws usage_error
/// that says what to do when there is no database or its schema is not as needed, unavailable when the server is.
database open_database(const context &c, const std::string &command, schema_need need,
                       const std::vector<std::string> &pipelines, bool create = false);

} // namespace smelt::cli
