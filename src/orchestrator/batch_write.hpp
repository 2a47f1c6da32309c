#pragma once

#include "context.hpp"

#include "smelt/orchestrator/failpoints.hpp"

#include <functional>

namespace smelt::orchestrator {

/// What a transaction does to one batch.
using batch_change = std::function<void(store::batches &)>;

/// The failpoints on both sides of a commit.
struct commit_points {
    failpoint_name before;
    failpoint_name after;
};

/// One short transaction about one batch. `durable` waits for the disk: for whatever must be known before, or can never
/// be asked again after, a call to the provider. Throws fenced_off when another run has taken the batch.
awaitable<void> write_batch(context &ctx, const batch_change &change, commit_points points, bool durable);

/// The row as it is stored once what was seen of its job was written.
void take_view(store::batch_row &b, const store::remote_view &seen);

} // namespace smelt::orchestrator
