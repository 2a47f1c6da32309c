#pragma once

#include "run_pass.hpp"

namespace smelt::orchestrator {

/// Removes what is older than the file says (retention), up to a bound for each pass. The next passes go on.
awaitable<void> retain(run_pass &pass);

} // namespace smelt::orchestrator
