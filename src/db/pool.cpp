#include "smelt/db/pool.hpp"

#include "guard.hpp"

#include <algorithm>
#include <random>
#include <thread>

namespace smelt::db {
namespace {

constexpr int most_tries = 5;

} // namespace

bool detail::pause_before_retry(int tries) {
    if (tries >= most_tries)
        return false;
    thread_local std::minstd_rand random{std::random_device{}()};
    std::uniform_int_distribution<int> jitter{5, 25};
    std::this_thread::sleep_for(std::chrono::milliseconds{jitter(random) * tries});
    return true;
}

void detail::throw_as_unavailable() {
    try {
        throw;
    } catch (const pqxx::broken_connection &e) {
        throw connection_lost(e.what());
    } catch (const std::exception &) {
        throw commit_in_doubt();
    }
}

pool::pool(std::string conninfo, std::string purpose, std::size_t threads)
    : conninfo_{std::move(conninfo)},
      purpose_{std::move(purpose)},
      threads_{threads, [this] { jobs_.attach(); }, [this] { jobs_.stop(); }} {}

pool::~pool() {
    threads_.end(); // jobs that have not begun are dropped; the one in hand ends
}

std::optional<std::chrono::steady_clock::time_point> pool::busy_since() {
    const std::lock_guard lock{begun_mutex_};
    return begun_.empty() ? std::nullopt : std::optional{begun_.front()};
}

pool::job::job(pool &owner) : owner_{owner} {
    const std::lock_guard lock{owner_.begun_mutex_};
    place_ = owner_.begun_.insert(owner_.begun_.end(), std::chrono::steady_clock::now());
}

pool::job::~job() {
    const std::lock_guard lock{owner_.begun_mutex_};
    owner_.begun_.erase(place_);
}

std::unique_ptr<connection> pool::take() {
    for (;;) {
        std::unique_ptr<connection> found;
        {
            const std::lock_guard lock{mutex_};
            if (idle_.empty())
                break;
            found = std::move(idle_.back());
            idle_.pop_back();
        }
        if (!found->is_stale())
            return found;
    }
    return std::make_unique<connection>(conninfo_, purpose_);
}

void pool::release(std::unique_ptr<connection> c) {
    const std::lock_guard lock{mutex_};
    idle_.push_back(std::move(c));
}

void pool::cancel_all() {
    const std::lock_guard lock{mutex_};
    for (auto *c : busy_)
        c->cancel();
}

pool::guest::guest(pool &host, connection &c) : host_{host}, connection_{c} {
    const std::lock_guard lock{host_.mutex_};
    host_.busy_.push_back(&connection_);
}

pool::guest::~guest() {
    const std::lock_guard lock{host_.mutex_};
    std::erase(host_.busy_, &connection_);
}

pool::lease::lease(pool &owner) : owner_{owner}, connection_{owner.take()} {
    const std::lock_guard lock{owner_.mutex_};
    owner_.busy_.push_back(connection_.get());
}

pool::lease::~lease() {
    {
        const std::lock_guard lock{owner_.mutex_};
        std::erase(owner_.busy_, connection_.get());
    }
    if (connection_->is_open())
        owner_.release(std::move(connection_));
}

} // namespace smelt::db
