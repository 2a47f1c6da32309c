#pragma once

#include "smelt/actions/record_choice.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/store/catalog.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smelt::actions {

/// Makes items pending that ended without a result, with fresh attempts and deliveries, of one task when it is there.
/// Returns how many. Throws usage_error as chosen_keys.
std::int64_t retry(db::connection &c, const store::pipeline_row &pipeline, std::optional<task_id> task,
                   const record_choice &records);

} // namespace smelt::actions
