#pragma once

#include "connection.hpp"

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <list>
#include <map>
#include <string>

namespace smelt::http {

class connection_pool;

/// One of a host's slots, and the connection that uses it. Destroying it closes the connection and frees the slot.
class lease {
  public:
    lease(std::shared_ptr<connection_pool> pool, std::string key) : pool_{std::move(pool)}, key_{std::move(key)} {}
    lease(const lease &) = delete;
    lease &operator=(const lease &) = delete;
    lease(lease &&other) noexcept = default;
    lease &operator=(lease &&) = delete;
    ~lease();

    /// Hands the connection back for reuse within `longest`. Only after a whole answer, with keep-alive and no byte
    /// left over.
    void keep(clock::duration longest);
    /// The server closed this kept connection when it was used again.
    void distrust();

    std::unique_ptr<connection> link; ///< null: a fresh one has to be opened
    bool reused = false;

  private:
    std::shared_ptr<connection_pool> pool_; ///< null once moved from
    std::string key_;
};

/// Which connection a request may have.
enum class reuse {
    none,    ///< a fresh one
    careful, ///< a kept one unless the server is of those that close without saying so: the request is not repeated
    any,     ///< a kept one; a request that meets a closed one is repeated
};

/// Idle connections by server, and a limit of those in use. Single-threaded; held by shared_ptr because leases may
/// outlive the client.
class connection_pool : public std::enable_shared_from_this<connection_pool> {
  public:
    connection_pool(boost::asio::any_io_executor executor, std::size_t per_host)
        : executor_{std::move(executor)}, per_host_{per_host} {}

    /// Waits for a slot. Throws transport_error(not_sent) when none came in time.
    awaitable<lease> take(const url &to, reuse how, clock::time_point until);

  private:
    friend class lease;
    struct waiter {
        explicit waiter(const boost::asio::any_io_executor &executor) : timer{executor} {}
        boost::asio::steady_timer timer;
        bool granted = false;
    };
    struct idle {
        std::unique_ptr<connection> link;
        clock::time_point since, until;
    };
    /// Whether a server keeps connections open as it says by keeping silent about it (RFC 9112 section 9.3).
    enum class habit { not_known, keeps, closes };
    struct host {
        habit is = habit::not_known;
        std::size_t in_use = 0;
        std::deque<idle> waiting;  ///< connections, the newest last
        std::list<waiter *> queue; ///< coroutines, first come first served; the objects live in their frames
    };

    static void release(host &at);
    void keep(const std::string &key, std::unique_ptr<connection> link, bool was_reused, clock::duration longest);
    std::unique_ptr<connection> pick(host &at, reuse how) const;
    awaitable<void> try_habit(host &at, clock::time_point until);
    awaitable<void> wait_for_slot(const url &to, host &at, clock::time_point until);

    boost::asio::any_io_executor executor_;
    std::size_t per_host_;
    std::map<std::string, host> hosts_; ///< never shrinks: a run speaks to a handful of servers
};

} // namespace smelt::http
