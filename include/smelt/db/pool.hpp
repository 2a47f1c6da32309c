#pragma once

#include "smelt/base/threads.hpp"
#include "smelt/db/connection.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace smelt::db {

/// A few threads, each with at most one connection, that run blocking work for coroutines. Construct it after the
/// io_context and destroy it before (see docs/architecture.md): the destructor joins.
class pool {
  public:
    /// purpose becomes application_name ("smelt run"). Connections open when first used. Throws unavailable when the
    /// system gives no threads.
    pool(std::string conninfo, std::string purpose, std::size_t threads);
    ~pool();
    pool(const pool &) = delete;
    pool &operator=(const pool &) = delete;

    /// Runs work(connection &) on a pool thread and resumes the coroutine where it was. The transaction begins and ends
    /// inside work; only values come out. Serialization failures and deadlocks are repeated (up to 5 times), so work
    /// may run again and must not keep state across tries; a lost connection is dropped and throws unavailable. NAME
    /// THE CLOSURE before the call: g++ 12 destroys capturing temporaries twice inside co_await.
    template <class Work>
    auto run(Work &work) -> boost::asio::awaitable<std::invoke_result_t<Work &, connection &>>;

    /// The same for a caller that may block (commands without a loop).
    template <class Work>
    auto run_blocking(Work &work) -> std::invoke_result_t<Work &, connection &>;

    /// Cancels the statements that are running now, from any thread: shutdown. Waits for the server to take it.
    void cancel_all();

    /// Since when the job that has run longest is running, connecting included; empty: none is.
    std::optional<std::chrono::steady_clock::time_point> busy_since();

    /// While it lives, cancel_all cancels this connection's statement, too: of work that needs a second connection.
    class guest {
      public:
        guest(pool &host, connection &c);
        ~guest();
        guest(const guest &) = delete;
        guest &operator=(const guest &) = delete;

      private:
        pool &host_;
        connection &connection_;
    };

  private:
    class job;
    class lease;
    template <class Work>
    auto attempt(Work &work) -> std::invoke_result_t<Work &, connection &>;
    std::unique_ptr<connection> take();
    void release(std::unique_ptr<connection> c);

    std::string conninfo_;
    std::string purpose_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<connection>> idle_;
    std::vector<connection *> busy_;
    std::mutex begun_mutex_;                                 ///< never held while anything is waited for
    std::list<std::chrono::steady_clock::time_point> begun_; ///< of the jobs that run, the oldest first
    boost::asio::thread_pool jobs_{0};
    thread_team threads_;
};

} // namespace smelt::db

#include "smelt/db/pool.ipp"
