#pragma once

#include "coroutines.hpp"
#include "invocation.hpp"

#include "smelt/base/error.hpp"

namespace smelt::orchestrator {

/// Runs database work again while the database cannot be reached, for about a minute: for what is lost, and was paid
/// for, when it is not stored. The outcome of a commit may have been in doubt, so the work has to look at what is
/// stored.
template <class Work>
auto retry_while_away(invocation &run, Work &work) -> awaitable<std::invoke_result_t<Work &, db::connection &>> {
    constexpr int most_tries = 60;
    constexpr std::chrono::seconds between{1};
    for (int tries = 1;; ++tries) {
        try {
            co_return co_await run.db.run(work);
        } catch (const unavailable &) {
            if (tries == most_tries)
                throw;
        }
        co_await pause(run.io, between);
    }
}

} // namespace smelt::orchestrator
