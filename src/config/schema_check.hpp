#pragma once

#include "document.hpp"

namespace smelt::config {

/// Checks a file's structure against one of schemas/, such as "schemas/pipeline.schema.json". Throws file_error for the
/// first thing that is wrong.
void check_structure(const document &file, std::string_view schema_file);

} // namespace smelt::config
