#pragma once

#include "simulator/engine/engine.hpp"
#include "simulator/http/vendor_api.hpp"

namespace smelt::sim {

/// OpenAI's Files and Batch API and its chat completions (docs/protocols.md, OpenAI routes), with what Azure OpenAI and
/// Together change about it.
class openai_api final : public vendor_api {
  public:
    explicit openai_api(engine &on) : engine_{on} {}

    [[nodiscard]] route find_route(const http::server_request &request) const override;
    void check_head(const http::server_request &request, const route &where, const std::string &key) const override;
    boost::asio::awaitable<http::server_response> call(const route &where, http::server_request &request) override;
    [[nodiscard]] json error_body(const api_error &error, const std::string &request_id) const override;
    [[nodiscard]] std::string_view request_id_header() const override { return "x-request-id"; }

  private:
    boost::asio::awaitable<http::server_response> upload(http::server_request &request, dialect spoken);
    [[nodiscard]] file_record accept_upload(file_record file, const std::filesystem::path &content) const;
    [[nodiscard]] json list_files(const http::server_request &request) const;
    http::server_response content(const std::string &id);
    json delete_file(const std::string &id);
    [[nodiscard]] file_record existing_file(const std::string &id) const;

    json create_batch(const std::string &body, dialect spoken);
    [[nodiscard]] json list_batches(const http::server_request &request, dialect spoken) const;
    json cancel_batch(const std::string &id);
    [[nodiscard]] const batch &existing_batch(const std::string &id) const;

    engine &engine_;
};

} // namespace smelt::sim
