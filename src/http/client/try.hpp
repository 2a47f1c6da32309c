#pragma once

#include "exchange.hpp"
#include "pool.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <random>

namespace smelt::http {

/// What all calls of a client share; calls in flight keep it alive.
struct shared_state {
    boost::asio::any_io_executor executor;
    client_options options;
    std::map<std::string, std::optional<proxy>> ways; ///< out, by scheme and authority
    std::shared_ptr<connection_pool> pool;
    std::unique_ptr<boost::asio::ssl::context> tls; ///< made on first use: plain http never reads the certificate store
    std::minstd_rand random{std::random_device{}()};
    std::string failing; ///< why the last try has failed

    /// Null: straight to the server.
    const proxy *way_to(const url &to);

    [[nodiscard]] bool is_public_only(const url &to) const {
        return options.public_only && std::find(options.trusted_hosts.begin(), options.trusted_hosts.end(), to.host) ==
                                          options.trusted_hosts.end();
    }

    boost::asio::ssl::context *context() {
        if (!tls)
            tls = make_tls_context(options.ca_file);
        return tls.get();
    }
};

/// A try that went wrong or well, as values: co_await is not allowed in a handler.
struct tried {
    std::optional<response> answer;
    std::exception_ptr error;
    exchange_record record;
    bool reused = false;
};

/// One try on one connection. Only what no other try could change is thrown (usage_error, unavailable, the sink's own).
awaitable<void> try_once(shared_state &state, const request &r, const url &to, const body_sink *sink, reuse how,
                         tried &out);

} // namespace smelt::http
