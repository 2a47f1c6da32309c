#pragma once

#include "bodies.hpp"
#include "simulator/engine/engine.hpp"
#include "simulator/http/vendor_api.hpp"

namespace smelt::sim {

/// Anthropic's Messages and Message Batches (docs/protocols.md, Anthropic routes): a batch's requests come with the
/// create, its results are one stream.
class anthropic_api final : public vendor_api {
  public:
    explicit anthropic_api(engine &on) : engine_{on} {}

    [[nodiscard]] route find_route(const http::server_request &request) const override;
    void check_head(const http::server_request &request, const route &where, const std::string &key) const override;
    boost::asio::awaitable<http::server_response> call(const route &where, http::server_request &request) override;
    [[nodiscard]] json error_body(const api_error &error, const std::string &request_id) const override;
    [[nodiscard]] std::string_view request_id_header() const override { return "request-id"; }

  private:
    boost::asio::awaitable<http::server_response> answer(const route &where, http::server_request &request);
    boost::asio::awaitable<http::server_response> create(http::server_request &request);
    [[nodiscard]] const batch &existing_batch(const std::string &id) const;
    json get(const std::string &id, const std::string &origin);
    [[nodiscard]] json list(const http::server_request &request) const;
    http::server_response results(const std::string &id);
    json cancel(const std::string &id, const std::string &origin);
    json remove(const std::string &id);

    engine &engine_;
    message_writer messages_{"standard"};
};

/// The Anthropic batch object of docs/protocols.md. origin goes before the path of results_url.
json show_anthropic_batch(const batch &b, std::int64_t now, const std::string &origin);
/// Whether results are gone by their age.
bool is_archived(const batch &b, std::int64_t now);

} // namespace smelt::sim
