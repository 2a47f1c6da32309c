#pragma once

#include "invocation.hpp"

#include "smelt/orchestrator/failpoints.hpp"

#include <boost/asio/awaitable.hpp>

#include <type_traits>

/// One short transaction for a coroutine: work(db::transaction &) runs on a thread of the pool, and again when the
/// database was busy, so it keeps no state across tries. Give it a name before the call (db::pool::run says why).
namespace smelt::orchestrator {

template <class Work>
using transaction_result = boost::asio::awaitable<std::invoke_result_t<Work &, db::transaction &>>;

/// The failpoints on both sides of a commit.
struct commit_points {
    failpoint_name before;
    failpoint_name after;
};

enum class durability {
    usual,   ///< as the server is set up
    on_disk, ///< waits for the disk: for what must be known before a call to a provider, or can never be asked again
};

namespace detail {

template <class Work>
auto write(db::connection &c, Work &work, durability how, const commit_points *points) {
    db::transaction tx{c, {.read_only = false, .durable = how == durability::on_disk, .bounds = {}}};
    const auto commit = [&] {
        if (points != nullptr)
            failpoint(points->before);
        tx.commit();
        if (points != nullptr)
            failpoint(points->after);
    };
    if constexpr (std::is_void_v<std::invoke_result_t<Work &, db::transaction &>>) {
        work(tx);
        commit();
    } else {
        auto result = work(tx);
        commit();
        return result;
    }
}

} // namespace detail

template <class Work>
auto read(invocation &run, Work &work) -> transaction_result<Work> {
    auto job = [&work](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        return work(tx);
    };
    co_return co_await run.db.run(job);
}

template <class Work>
auto write(invocation &run, Work &work, durability how = durability::usual) -> transaction_result<Work> {
    auto job = [&work, how](db::connection &c) { return detail::write(c, work, how, nullptr); };
    co_return co_await run.db.run(job);
}

template <class Work>
auto write(invocation &run, Work &work, commit_points points, durability how = durability::usual)
    -> transaction_result<Work> {
    auto job = [&work, points, how](db::connection &c) { return detail::write(c, work, how, &points); };
    co_return co_await run.db.run(job);
}

} // namespace smelt::orchestrator
