#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/store/catalog.hpp"

#include <optional>
#include <string>
#include <vector>

/// What the names that a person gives mean.
namespace smelt::actions {

/// Whether an argument means a pipeline file rather than a name: it has a slash or ends in .yaml or .yml.
bool means_file(const std::string &argument);

/// The stored pipeline that a NAME or FILE means. Throws usage_error with the nearest known name, and for a pipeline
/// that was forgotten unless such a one is meant, too.
store::pipeline_row find_pipeline(db::connection &c, const std::string &argument, bool forgotten_too = false);

/// The definition that a NAME or FILE means; for a name the file that the database remembers.
config::pipeline load_named_pipeline(db::connection &c, const std::string &argument, bool forgotten_too = false);

/// The id of a task of the pipeline, empty for an empty name. Throws usage_error with the nearest known name.
std::optional<task_id> find_task(db::connection &c, const store::pipeline_row &p, const std::string &task);

/// The number of the batch that a person means by its number here or by the provider's id of it. Throws usage_error.
batch_id find_batch(db::connection &c, const std::string &argument);

/// Throws usage_error for keys that no record of the pipeline has.
void check_keys(db::transaction &tx, const store::pipeline_row &pipeline,
                const std::optional<std::vector<std::string>> &keys);

} // namespace smelt::actions
