#pragma once

#include "simulator/engine/engine.hpp"
#include "simulator/http/vendor_api.hpp"

#include <map>

namespace smelt::sim {

/// Gemini's files and batches (docs/protocols.md, Gemini routes), below /v1beta, /upload/v1beta and /download/v1beta.
class gemini_api final : public vendor_api {
  public:
    explicit gemini_api(engine &on) : engine_{on} {}

    [[nodiscard]] route find_route(const http::server_request &request) const override;
    void check_head(const http::server_request &request, const route &where, const std::string &key) const override;
    boost::asio::awaitable<http::server_response> call(const route &where, http::server_request &request) override;
    [[nodiscard]] json error_body(const api_error &error, const std::string &request_id) const override;
    [[nodiscard]] std::string_view request_id_header() const override { return "x-goog-request-id"; }

  private:
    /// An upload between its first step and its last byte. Lost when the process ends.
    struct pending_upload {
        file_record file;
        std::int64_t promised = -1; ///< bytes that the first step announced; -1: it did not
        std::int64_t received = 0;
    };

    boost::asio::awaitable<http::server_response> begin_upload(http::server_request &request);
    boost::asio::awaitable<http::server_response> continue_upload(http::server_request &request,
                                                                  const std::string &upload_id);
    http::server_response finish_upload(pending_upload upload, const std::string &origin);
    [[nodiscard]] json list_files(const http::server_request &request) const;
    [[nodiscard]] file_record existing_file(const std::string &id) const;
    http::server_response content(const std::string &id);
    json delete_file(const std::string &id);

    boost::asio::awaitable<http::server_response> create(http::server_request &request, const std::string &model);
    [[nodiscard]] const batch &existing_batch(const std::string &id) const;
    [[nodiscard]] http::server_response get(const std::string &id);
    [[nodiscard]] json list(const http::server_request &request) const;
    json cancel(const std::string &id);
    json remove(const std::string &id);

    engine &engine_;
    std::map<std::string, pending_upload> uploads_;
};

/// The random part of a resource's name.
std::string gemini_id();
/// The Gemini operation of docs/protocols.md. inlined stands for inline results; null leaves them out.
json show_gemini_batch(const batch &b, std::int64_t now, const json &inlined);
/// A File as Gemini shows it; origin goes before the path of its uri.
json show_gemini_file(const file_record &file, const std::string &origin);

/// A page of a listing: where it begins, how many items it has at most.
struct gemini_page {
    std::size_t begin, size;
};
/// Reads pageSize and pageToken, which is the id of the last item before the page. Throws api_error 400.
gemini_page read_gemini_page(const http::server_request &request, const std::vector<std::string> &ids,
                             std::int64_t fallback, std::int64_t most);

} // namespace smelt::sim
