#pragma once

#include "provider/remote_service.hpp"
#include "synchronous_lines.hpp"
#include "throttle.hpp"

#include "smelt/provider/chat_api.hpp"

#include <random>

namespace smelt::provider {

/// A synchronous API, and the batch API whose request and result lines it shares.
struct synchronous_api {
    std::unique_ptr<dialect> sibling; ///< encodes and decodes
    std::string path;                 ///< below base_url
    std::string body_member;          ///< of a request line
    line_format lines;
    error_reader errors; ///< what the service's refusals mean
};

/// A local server, or a paid API at its list price.
class synchronous final : public chat_api {
  public:
    synchronous(const config::provider_spec &spec, const std::string &api_key, http::client &client,
                synchronous_api api);

    [[nodiscard]] const service_capabilities &capabilities() const override { return capabilities_; }
    [[nodiscard]] std::unique_ptr<line_encoder> encoder(const task_definition &definition) const override;
    [[nodiscard]] result_line decode(std::string_view line) const override { return api_.sibling->decode(line); }
    void share_rates(rate_taker take) override { throttle_.share(std::move(take)); }
    awaitable<bool> admit(std::string_view request_line, const stop_check &stop) override;
    awaitable<answered> answer(std::string_view request_line, const stop_check &stop) override;

  private:
    struct exchange {
        std::optional<http::response> answer;
        std::string error;
        bool sent = true;      ///< without an answer: the request may have been answered all the same
        bool hopeless = false; ///< a certificate or an address that would be wrong the next time, too
    };
    awaitable<exchange> send(const http::request &request);
    /// The first try was admitted; the next ones count, too.
    awaitable<bool> may_send(int tries, std::int64_t tokens, const stop_check &stop);
    [[nodiscard]] answer_kind meaning_of(const exchange &seen) const;
    http::request request_of(const request_parts &parts) const;
    [[nodiscard]] failure refusal_of(const http::response &answer, bool busy) const;
    double jitter() { return std::uniform_real_distribution<>{0.0, 1.0}(random_); }

    remote_service service_;
    synchronous_api api_;
    service_capabilities capabilities_;
    throttle throttle_;
    std::chrono::milliseconds timeout_;
    std::mt19937 random_{std::random_device{}()};
};

/// OpenAI's chat completions and the servers that have them.
std::unique_ptr<chat_api> make_chat(const config::provider_spec &spec, const std::string &api_key,
                                    http::client &client);
/// Anthropic's messages.
std::unique_ptr<chat_api> make_messages(const config::provider_spec &spec, const std::string &api_key,
                                        http::client &client);

} // namespace smelt::provider
