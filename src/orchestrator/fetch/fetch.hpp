#pragma once

#include "orchestrator/run_pass.hpp"

#include <chrono>

namespace smelt::orchestrator {

/// Fetches what is due of a pipeline whose source is a web service, in small commits: the pages of its lists, and then
/// what there is about each record. Ends when nothing is due, or at `until`. Does nothing where another run fetches.
awaitable<void> fetch_source(run_pass &pass, registered_pipeline &p, std::chrono::steady_clock::time_point until);

/// Of all pipelines; what is wrong with one does not stop the others.
awaitable<void> fetch_sources(run_pass &pass);

} // namespace smelt::orchestrator
