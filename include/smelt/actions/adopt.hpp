#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/store/batches.hpp"

#include <string>

/// What a person knows about a batch whose fate is unknown.
namespace smelt::actions {

/// The provider has it under this id; the next run checks that and collects it. Returns the batch as it was. Throws
/// usage_error when the batch is not unknown, or the id is another batch's.
store::batch_row adopt(db::connection &c, batch_id batch, const std::string &remote_id);

/// The provider does not have it, or has its results no more, or never ends it: its items are sent again. Returns the
/// batch as it was. Throws usage_error when that cannot be said of it.
store::batch_row declare_absent(db::connection &c, batch_id batch);

} // namespace smelt::actions
