#pragma once

#include "smelt/cli/context.hpp"
#include "smelt/config/settings.hpp"
#include "smelt/db/connection.hpp"

#include <memory>
#include <string>

namespace smelt::cli {

struct database {
    config::settings settings;
    std::string conninfo;
    std::unique_ptr<db::connection> connection;
};

enum class schema_need {
    existing, ///< a pipeline has run here; nothing is made for the sake of looking
    made,     ///< run and load: the embedded or an empty database is migrated, elsewhere the user is told to
    any,      ///< as it is: migrate and doctor
};

/// The one way to the database of a command; its name becomes application_name. Throws usage_error that says what to do
/// when the schema is not as needed, unavailable when the server is.
database open_database(const context &c, const std::string &command, schema_need need);

} // namespace smelt::cli
