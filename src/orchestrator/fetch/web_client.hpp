#pragma once

#include "orchestrator/run_pass.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace smelt::orchestrator {

/// What an address was asked and has answered. Exactly one of body, is_same, and error is there; a 404 is an error.
struct web_answer {
    int status = 0;
    std::optional<std::string> body; ///< without the keys
    bool is_same = false;            ///< 304
    std::string etag, last_modified;
    std::string error;                       ///< in few words: "HTTP 503", "no answer in time"
    std::optional<milliseconds> retry_after; ///< that it has asked for
    bool is_passing = false;                 ///< of an error: trying again may help
    bool is_postponed = false;               ///< it was not asked: its host wants no request now
};

/// Asks a web service for a source: with its keys, slowly enough, and no address of a private network. Outlives nothing
/// that is asked.
class web_client {
  public:
    /// Reads the keys. Throws usage_error for one that is not there.
    web_client(invocation &run, const registered_pipeline &p);

    /// url: without keys. Waits for its turn at the host, until then. Throws usage_error for what no try can change: an
    /// address that is refused.
    using steady_time = std::chrono::steady_clock::time_point;
    awaitable<web_answer> get(const std::string &url, const std::string &etag, const std::string &last_modified,
                              steady_time until);
    /// An address that the service has named, without the keys.
    [[nodiscard]] std::string without_keys(const std::string &url) const;

  private:
    struct key {
        config::http_auth_spec::place where;
        std::string name, value;
    };
    [[nodiscard]] http::request request_to(const std::string &url) const;
    /// *** where a key stands.
    [[nodiscard]] std::string scrubbed(std::string text) const;
    /// wait: how long there is none, where none is returned.
    awaitable<std::optional<int>> take_slot(const std::string &host, steady_time until, milliseconds &wait);
    /// Unless it cannot be one.
    void take_body(web_answer &answer, std::string body) const;
    awaitable<void> release_slot(const std::string &host, int slot, std::optional<milliseconds> rest);
    awaitable<web_answer> ask(const http::request &r);

    invocation &run_;
    const config::http_source_spec &spec_;
    std::vector<key> keys_;
    std::set<std::string> known_hosts_; ///< that have slots
    http::client client_;
};

} // namespace smelt::orchestrator
