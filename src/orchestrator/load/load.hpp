#pragma once

#include "orchestrator/run_pass.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace smelt::orchestrator {

/// How long a run waits for another one's load: what is left of a run that was killed is gone by then.
constexpr milliseconds short_lock_wait{std::chrono::seconds{3}};
/// For a command that does nothing else.
constexpr milliseconds long_lock_wait{std::chrono::hours{24 * 365}};

/// Loads a pipeline's source. files: instead of the source's own patterns when not empty. False: another run was
/// loading for longer than `lock_wait`, and this one has not.
awaitable<bool> load_records(run_pass &pass, registered_pipeline &p, const std::vector<std::string> &files,
                             bool accept_changes, milliseconds lock_wait = short_lock_wait);

} // namespace smelt::orchestrator
