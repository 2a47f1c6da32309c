#pragma once

#include <boost/asio/ip/address.hpp>

namespace smelt::http {

/// Whether an address is one of the public internet: not this machine's, not of a private, shared, link-local or
/// reserved range, not multicast (RFC 6890; metadata services of clouds are link-local).
bool is_public(const boost::asio::ip::address &address);

} // namespace smelt::http
