#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/store/catalog.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smelt::actions {

/// Makes items pending that ended without a result, with fresh attempts and deliveries. task and keys narrow it down
/// when they are there. Returns how many. Throws usage_error for keys that no record has.
std::int64_t retry(db::connection &c, const store::pipeline_row &pipeline, std::optional<task_id> task,
                   const std::optional<std::vector<std::string>> &keys);

} // namespace smelt::actions
