#include "connection.hpp"

#include "smelt/base/error.hpp"

#include <openssl/ssl.h>

namespace smelt::http {

namespace ssl = boost::asio::ssl;

std::unique_ptr<ssl::context> make_tls_context(const std::string &ca_file) {
    auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    context->set_verify_mode(ssl::verify_peer);
    error_code error;
    context->set_default_verify_paths(error);
    if (error)
        throw unavailable{"the system's certificate store cannot be read: " + error.message(),
                          "install the package ca-certificates or set provider.ca_file"};
    if (!ca_file.empty()) {
        context->load_verify_file(ca_file, error);
        if (error)
            throw usage_error{"cannot read certificates from " + ca_file + ": " + error.message(),
                              "ca_file names a PEM file with one or more CERTIFICATE blocks"};
    }
    return context;
}

} // namespace smelt::http
