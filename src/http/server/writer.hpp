#pragma once

#include "smelt/http/server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace smelt::http {

/// Writes one answer. Every piece restarts the idle timer, so a slow reader is served and a dead one is not.
class response_writer {
  public:
    response_writer(boost::beast::tcp_stream &stream, milliseconds idle, unsigned version, bool keep, bool head_only)
        : stream_{stream}, idle_{idle}, version_{version}, keep_{keep}, head_only_{head_only} {}

    /// Throws boost::system::system_error when the client is gone, or whatever the source throws.
    boost::asio::awaitable<void> write(server_response &response);

  private:
    boost::asio::awaitable<void> write_text(const server_response &response);
    boost::asio::awaitable<void> write_file(const server_response &response);
    boost::asio::awaitable<void> write_source(const server_response &response);
    std::string head(const server_response &response, std::optional<std::uint64_t> length) const;
    boost::asio::awaitable<void> send(std::string_view bytes);

    boost::beast::tcp_stream &stream_;
    milliseconds idle_;
    unsigned version_;
    bool keep_;
    bool head_only_;
};

} // namespace smelt::http
