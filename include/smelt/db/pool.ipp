#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <optional>
#include <utility>
#include <variant>

namespace smelt::db {

/// A job that runs, from before it has a connection.
class pool::job {
  public:
    explicit job(pool &owner);
    ~job();
    job(const job &) = delete;
    job &operator=(const job &) = delete;

  private:
    pool &owner_;
    std::list<std::chrono::steady_clock::time_point>::iterator place_;
};

/// A connection on loan: known to cancel_all() while it is out, and back in the pool afterwards unless it broke.
class pool::lease {
  public:
    explicit lease(pool &owner);
    ~lease();
    lease(const lease &) = delete;
    lease &operator=(const lease &) = delete;
    connection &operator*() { return *connection_; }

  private:
    pool &owner_;
    std::unique_ptr<connection> connection_;
};

namespace detail {

/// Whether the failed try number `tries` (from 1) is to be repeated; sleeps a little, unevenly, before saying yes.
bool pause_before_retry(int tries);

/// Throws the libpqxx error in hand as the unavailable that it means: work that uses the library below db::transaction.
[[noreturn]] void throw_as_unavailable();

/// void as a value, so that one code path serves both.
template <class Result>
using value_of = std::conditional_t<std::is_void_v<Result>, std::monostate, Result>;

} // namespace detail

template <class Work>
auto pool::attempt(Work &work) -> std::invoke_result_t<Work &, connection &> {
    const job running{*this};
    for (int tries = 1;; ++tries) {
        try {
            lease leased{*this};
            return work(*leased);
        } catch (const pqxx::broken_connection &) {
            detail::throw_as_unavailable();
        } catch (const pqxx::in_doubt_error &) {
            detail::throw_as_unavailable();
        } catch (const pqxx::statement_completion_unknown &) {
            detail::throw_as_unavailable();
        } catch (const pqxx::transaction_rollback &) {
            if (!detail::pause_before_retry(tries))
                throw;
        }
    }
}

template <class Work>
auto pool::run_blocking(Work &work) -> std::invoke_result_t<Work &, connection &> {
    return attempt(work);
}

template <class Work>
auto pool::run(Work &work) -> boost::asio::awaitable<std::invoke_result_t<Work &, connection &>> {
    namespace asio = boost::asio;
    using result = std::invoke_result_t<Work &, connection &>;
    using value = detail::value_of<result>;

    auto initiate = [this, &work](auto handler) {
        auto guard = asio::make_work_guard(handler);
        auto task = [this, &work, handler = std::move(handler), guard = std::move(guard)]() mutable {
            std::exception_ptr problem;
            std::optional<value> outcome;
            try {
                if constexpr (std::is_void_v<result>) {
                    attempt(work);
                    outcome.emplace();
                } else {
                    outcome.emplace(attempt(work));
                }
            } catch (...) {
                problem = std::current_exception();
            }
            auto executor = guard.get_executor();
            asio::post(executor, [h = std::move(handler), problem, o = std::move(outcome)]() mutable {
                std::move(h)(problem, std::move(o));
            });
        };
        asio::post(jobs_, std::move(task));
    };
    auto outcome =
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, std::optional<value>)>(
            initiate, asio::use_awaitable);
    if constexpr (!std::is_void_v<result>)
        co_return std::move(*outcome);
}

} // namespace smelt::db
