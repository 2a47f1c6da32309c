#pragma once

#include "smelt/provider/dialect.hpp"
#include "smelt/provider/failure.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// The contract of a synchronous service: the answer to each request is its response.
namespace smelt::provider {

using boost::asio::awaitable;

/// Whether what is not sent yet is not to be sent any more.
using stop_check = std::function<bool()>;

/// What became of one request.
struct answered {
    std::string line;               ///< its result line, which decode reads; empty: nothing was done
    std::optional<failure> refused; ///< why, when no other request would fare better
};

/// Takes so many requests and tokens of the account's rates, which all who ask there share. Not 0: nothing was taken,
/// and it may be asked again after so long.
using rate_taker = std::function<awaitable<std::chrono::milliseconds>(std::int64_t requests, std::int64_t tokens)>;

class chat_api : public dialect {
  public:
    /// Who counts what the service's rates (config::pool_spec) allow. Without one there are none.
    virtual void share_rates(rate_taker take) = 0;
    /// Waits until the rates allow this request, which answer() then sends; false: `stop` said so before.
    virtual awaitable<bool> admit(std::string_view request_line, const stop_check &stop) = 0;
    /// Sends one request that was admitted, with pauses while the service is busy. A request of which nothing is known
    /// has a line that says so; it is never sent again here. `stop` ends the waiting before it is sent. Does not throw
    /// for transport or HTTP errors.
    virtual awaitable<answered> answer(std::string_view request_line, const stop_check &stop) = 0;
};

/// api_key may be empty. The client outlives it. Throws usage_error for an unusable base_url.
std::unique_ptr<chat_api> make_chat_api(const config::provider_spec &spec, std::string api_key, http::client &client);

} // namespace smelt::provider
