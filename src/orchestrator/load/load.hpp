#pragma once

#include "orchestrator/run_pass.hpp"

#include <chrono>

namespace smelt::orchestrator {

/// How long a run waits for another one's load: what is left of a run that was killed is gone by then.
constexpr milliseconds short_lock_wait{std::chrono::seconds{3}};
/// For a command that does nothing else.
constexpr milliseconds long_lock_wait{std::chrono::hours{24 * 365}};

/// Loads a pipeline's source. False: another run was loading for longer than `lock_wait`, and this one has not.
awaitable<bool> load_records(run_pass &pass, registered_pipeline &p, load_choice choice,
                             milliseconds lock_wait = short_lock_wait);

} // namespace smelt::orchestrator
