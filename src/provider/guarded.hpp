#pragma once

#include "redact.hpp"

#include "smelt/provider/batch_api.hpp"
#include "smelt/provider/chat_api.hpp"

namespace smelt::provider {

/// Stands between a dialect and everybody else: whatever text of the service leaves it passes text_guard, results and
/// exceptions alike. Answers of models are data and pass as they are.
class guarded_batch_api final : public batch_api {
  public:
    guarded_batch_api(std::unique_ptr<batch_api> inner, std::string api_key)
        : inner_{std::move(inner)}, guard_{std::move(api_key)} {}

    [[nodiscard]] const service_capabilities &capabilities() const override { return inner_->capabilities(); }
    [[nodiscard]] remote_state state_of(std::string_view status) const override { return inner_->state_of(status); }
    [[nodiscard]] std::unique_ptr<line_encoder> encoder(const task_definition &definition) const override {
        return inner_->encoder(definition);
    }
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
    void clean(remote_batch &batch) const;

    std::unique_ptr<batch_api> inner_;
    text_guard guard_;
};

class guarded_chat_api final : public chat_api {
  public:
    guarded_chat_api(std::unique_ptr<chat_api> inner, std::string api_key)
        : inner_{std::move(inner)}, guard_{std::move(api_key)} {}

    [[nodiscard]] const service_capabilities &capabilities() const override { return inner_->capabilities(); }
    [[nodiscard]] std::unique_ptr<line_encoder> encoder(const task_definition &definition) const override {
        return inner_->encoder(definition);
    }
    [[nodiscard]] result_line decode(std::string_view line) const override;
    void share_rates(rate_taker take) override { inner_->share_rates(std::move(take)); }
    awaitable<bool> admit(std::string_view request_line, const stop_check &stop) override {
        return inner_->admit(request_line, stop);
    }
    awaitable<answered> answer(std::string_view request_line, const stop_check &stop) override;

  private:
    std::unique_ptr<chat_api> inner_;
    text_guard guard_;
};

} // namespace smelt::provider
