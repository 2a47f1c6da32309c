#pragma once

#include <boost/asio/ssl/context.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace smelt::test {

/// A self-signed certificate for one host name or address, made when asked for; the PEM file is removed at the end.
class test_certificate {
  public:
    /// subject_alt_name as OpenSSL writes it: "DNS:localhost" or "IP:127.0.0.1".
    explicit test_certificate(const std::string &subject_alt_name);
    ~test_certificate();
    test_certificate(const test_certificate &) = delete;
    test_certificate &operator=(const test_certificate &) = delete;

    [[nodiscard]] std::string file() const { return file_.string(); }
    /// For a server.
    [[nodiscard]] boost::asio::ssl::context &context() { return context_; }

  private:
    std::filesystem::path file_;
    boost::asio::ssl::context context_{boost::asio::ssl::context::tls_server};
};

} // namespace smelt::test
