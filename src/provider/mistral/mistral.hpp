#pragma once

#include "provider/remote_service.hpp"

namespace smelt::provider {

/// Mistral's Files API and /v1/batch/jobs (docs/protocols.md, Mistral routes).
class mistral final : public batch_api {
  public:
    mistral(const config::provider_spec &spec, const std::string &api_key, http::client &client);

    [[nodiscard]] const service_capabilities &capabilities() const override { return capabilities_; }
    [[nodiscard]] std::unique_ptr<line_encoder> encoder(const task_definition &definition) const override;
    [[nodiscard]] remote_state state_of(std::string_view status) const override;
    [[nodiscard]] result_line decode(std::string_view line) const override;

    awaitable<std::string> upload(const std::filesystem::path &spool, const std::string &filename) override;
    awaitable<create_result> create(const create_request &r) override;
    awaitable<remote_batch> get(const std::string &remote_id) override;
    awaitable<listing> list(const std::string &cursor) override;
    awaitable<remote_batch> cancel(const std::string &remote_id) override;
    awaitable<void> fetch(const std::string &file_id, const http::body_sink &sink) override;
    awaitable<std::map<std::string, std::string>> find_files(const std::set<std::string> &names,
                                                             std::chrono::milliseconds age) override;
    awaitable<void> delete_file(const std::string &file_id) override;

  private:
    remote_service service_;
    service_capabilities capabilities_;
    int timeout_hours_;
    config::quirks_spec quirks_;
    batch_reader reader_;
};

} // namespace smelt::provider
