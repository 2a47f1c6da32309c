#pragma once

#include "smelt/http/server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace smelt::http {

/// One accepted connection. Knows nothing of its siblings; the server asks whether it is busy and may close it.
class server_session {
  public:
    virtual ~server_session() = default;
    /// Serves requests until the connection ends. Never throws.
    virtual boost::asio::awaitable<void> run() = 0;
    [[nodiscard]] virtual bool busy() const noexcept = 0;
    /// The answer under way, if any, is the last one.
    virtual void finish() noexcept = 0;
    /// Ends it now; pending operations fail.
    virtual void close() noexcept = 0;
};

std::shared_ptr<server_session> make_session(boost::asio::ip::tcp::socket socket, const server_options &options,
                                             const handler &on_request);

} // namespace smelt::http
