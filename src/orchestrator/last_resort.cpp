#include "last_resort.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"

#include <algorithm>
#include <cstdlib>

namespace smelt::orchestrator {
namespace {

/// Less than the 10 s that are promised, and enough for a statement to be cancelled and its connection to be closed.
constexpr std::chrono::seconds longest{8};
constexpr std::chrono::milliseconds tick{200};

} // namespace

last_resort::last_resort(db::pool &db) : db_{&db}, watcher_{1, [this] { watch(); }, [this] { quit(); }} {}

void last_resort::ask() {
    const std::scoped_lock lock{mutex_};
    asked_ = clock::now();
    wake_.notify_all();
}

void last_resort::end() {
    const std::scoped_lock lock{mutex_};
    if (asked_ && !ending_)
        ending_ = clock::now();
}

void last_resort::forget_database() {
    const std::scoped_lock lock{mutex_};
    db_ = nullptr;
}

void last_resort::quit() {
    const std::scoped_lock lock{mutex_};
    quit_ = true;
    wake_.notify_all();
}

bool last_resort::is_due() const {
    const auto now = clock::now();
    if (ending_)
        return now - *ending_ > longest;
    const auto busy = db_ == nullptr ? std::nullopt : db_->busy_since();
    return busy && now - std::max(*busy, *asked_) > longest;
}

void last_resort::watch() {
    std::unique_lock lock{mutex_};
    wake_.wait(lock, [this] { return quit_ || asked_; });
    while (!wake_.wait_for(lock, tick, [this] { return quit_; })) {
        if (!is_due())
            continue;
        log::warn("interrupted: the database does not answer, so the run ends without it; the next run takes over "
                  "what was in hand");
        std::_Exit(static_cast<int>(exit_code::interrupted));
    }
}

} // namespace smelt::orchestrator
