#pragma once

#include "run_pass.hpp"
#include "transactions.hpp"

#include <functional>

namespace smelt::orchestrator {

/// What a transaction does to one batch.
using batch_change = std::function<void(store::batches &)>;

/// One short transaction about one batch. Throws fenced_off when another run has taken the batch.
awaitable<void> write_batch(run_pass &pass, const batch_change &change, commit_points points, durability how);

/// The row as it is stored once what was seen of its job was written.
void take_view(store::batch_row &b, const store::remote_view &seen);

} // namespace smelt::orchestrator
