#pragma once

#include "simulator/engine/engine.hpp"
#include "simulator/http/vendor_api.hpp"

namespace smelt::sim {

/// Mistral's files and batch jobs (docs/protocols.md, Mistral routes), below /mistral: the paths of its files would be
/// OpenAI's otherwise.
class mistral_api final : public vendor_api {
  public:
    explicit mistral_api(engine &on) : engine_{on} {}

    [[nodiscard]] route find_route(const http::server_request &request) const override;
    void check_head(const http::server_request &request, const route &where, const std::string &key) const override;
    boost::asio::awaitable<http::server_response> call(const route &where, http::server_request &request) override;
    [[nodiscard]] json error_body(const api_error &error, const std::string &request_id) const override;
    [[nodiscard]] std::string_view request_id_header() const override { return "mistral-correlation-id"; }

  private:
    boost::asio::awaitable<http::server_response> upload(http::server_request &request);
    [[nodiscard]] json list_files(const http::server_request &request) const;
    [[nodiscard]] file_record existing_file(const std::string &id) const;
    http::server_response content(const std::string &id);
    json delete_file(const std::string &id);

    boost::asio::awaitable<http::server_response> create(http::server_request &request);
    /// Takes the files that the job names as its input; joined when there are several.
    void take_files(batch &b) const;
    [[nodiscard]] const batch &existing_job(const std::string &id) const;
    [[nodiscard]] http::server_response get(const http::server_request &request, const std::string &id);
    [[nodiscard]] json list(const http::server_request &request) const;
    json cancel(const std::string &id);
    json remove(const std::string &id);

    engine &engine_;
};

/// The words of docs/protocols.md, Mistral states.
std::string mistral_status(const batch_phase &phase);
/// The Mistral job of docs/protocols.md.
json show_mistral_job(const batch &b, std::int64_t now);
/// The file of docs/protocols.md, Mistral routes.
json show_mistral_file(const file_record &file);

struct mistral_page {
    std::int64_t page = 0; ///< from 0
    std::int64_t size = 0;
};
/// The query of a listing. Throws api_error 422.
mistral_page read_mistral_page(const http::server_request &request, std::int64_t usual_size);

/// A job from the members of its create but requests. Throws api_error 422.
batch read_mistral_job(const json &body);

} // namespace smelt::sim
