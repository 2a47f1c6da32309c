#pragma once

#include "document.hpp"

namespace smelt::config {

/// Checks a pipeline file's structure against schemas/pipeline.schema.json. Throws file_error for the first thing that
/// is wrong.
void check_structure(const document &file);

} // namespace smelt::config
