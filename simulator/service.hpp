#pragma once

#include "simulator/engine/engine.hpp"
#include "simulator/http/vendor_api.hpp"
#include "simulator/portal/portal.hpp"

#include "smelt/http/server.hpp"

#include <map>
#include <memory>

namespace smelt::sim {

/// The simulated providers: answers HTTP requests on one executor, makes results on one thread of its own.
class service {
  public:
    /// As the engine's.
    service(boost::asio::any_io_executor executor, options settings, engine::clock now);

    boost::asio::awaitable<http::server_response> handle(http::server_request &request);

  private:
    boost::asio::awaitable<http::server_response> answer(vendor_api &vendor, http::server_request &request,
                                                         const std::string &request_id);
    /// The call, or what a fault makes of it.
    boost::asio::awaitable<http::server_response> with_faults(vendor_api &vendor, const route &where,
                                                              http::server_request &request,
                                                              const std::string &request_id);
    /// A listing, and what a fault of this kind makes of it.
    static boost::asio::awaitable<http::server_response> list(vendor_api &vendor, const route &where,
                                                              http::server_request &request, const std::string &kind);
    /// A call to where a fault has sent the client, behind so many redirects more.
    boost::asio::awaitable<http::server_response> moved(vendor_api &vendor, http::server_request &request,
                                                        std::int64_t redirects);
    boost::asio::awaitable<http::server_response> control(http::server_request &request);

    portal portal_;
    engine engine_;
    std::map<wire, std::unique_ptr<vendor_api>> vendors_;
};

} // namespace smelt::sim
