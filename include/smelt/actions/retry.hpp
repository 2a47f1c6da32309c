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
/// say comes before anything of that is kept. Throws usage_error as chosen_keys.
asked_again retry(db::connection &c, const store::pipeline_row &pipeline, std::optional<task_id> task,
                  const record_choice &records, const say_again &say);

} // namespace smelt::actions
