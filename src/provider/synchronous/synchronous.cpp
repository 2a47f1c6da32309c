#include "synchronous.hpp"

#include "provider/anthropic/anthropic.hpp"
#include "provider/anthropic/objects.hpp"
#include "provider/openai/objects.hpp"
#include "provider/openai/openai.hpp"
#include "provider/reason.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/http/retry.hpp"

namespace smelt::provider {
namespace {

std::int64_t tokens_in(std::string_view text) {
    return static_cast<std::int64_t>(text.size()) / bytes_per_token + 1;
}

/// Gateways put the error of what stands behind them into a 200, its status for a code.
int meant_status(const http::response &answer) {
    if (!is_success(answer) || answer.body.find("\"error\"") == std::string::npos)
        return answer.status;
    const auto document = parse_body(answer.body);
    const auto *error = find_member(document, "error");
    const auto code = error == nullptr ? std::string{} : code_of(*error);
    return status_in(code).value_or(answer.status);
}

service_capabilities limits_of(const config::provider_spec &spec) {
    auto out = capabilities_of(spec, lookup::none);
    out.keeps_files = false;
    out.concurrency = spec.pool.concurrency;
    return out;
}

} // namespace

synchronous::synchronous(const config::provider_spec &spec, const std::string &api_key, http::client &client,
                         synchronous_api api)
    : service_{spec, api_key, client, api.errors},
      api_{std::move(api)},
      capabilities_{limits_of(spec)},
      throttle_{spec.pool.requests_per_minute, spec.pool.tokens_per_minute},
      timeout_{spec.pool.timeout} {}

std::unique_ptr<line_encoder> synchronous::encoder(const task_definition &definition) const {
    if (definition.endpoint != "/v1/chat/completions")
        throw usage_error{"task '" + definition.name + "': only batches can be sent to " + definition.endpoint,
                          "leave endpoint out, or name a provider that answers batches"};
    return api_.sibling->encoder(definition);
}

http::request synchronous::request_of(const request_parts &parts) const {
    auto request = service_.request_for("POST", api_.path);
    request.body = parts.body;
    request.content_type = "application/json";
    request.fields.emplace_back("X-Client-Request-Id", parts.custom_id);
    request.idempotent = false;
    request.kept_alive = true;
    return request;
}

awaitable<synchronous::exchange> synchronous::send(const http::request &request) {
    exchange out;
    try {
        out.answer = co_await service_.send(request);
    } catch (const http::transport_error &e) {
        out.error = e.what();
        out.sent = e.how_far() == http::send_progress::sent;
    } catch (const smelt::error &e) {
        // Found out before anything was written.
        out.error = e.what();
        out.sent = false;
        out.hopeless = true;
    }
    co_return out;
}

failure synchronous::refusal_of(const http::response &answer, bool busy) const {
    failure out;
    out.status = meant_status(answer);
    out.retry_after = http::retry_after(answer.fields, std::chrono::system_clock::now());
    const auto error = service_.error_of(answer);
    out.kind = busy ? failure_kind::busy : kind_of(out.status, error);
    out.code = error.code == std::to_string(out.status) ? std::string{} : error.code;
    out.message = error.message;
    return out;
}

awaitable<bool> synchronous::admit(std::string_view request_line, const stop_check &stop) {
    const auto parts = split_request(request_line, api_.body_member);
    const bool may_go = co_await throttle_.pass(tokens_in(parts.body), stop);
    co_return may_go;
}

awaitable<bool> synchronous::may_send(int tries, std::int64_t tokens, const stop_check &stop) {
    const bool is_free = co_await throttle_.wait_out_hold(stop);
    if (!is_free || tries == 1)
        co_return is_free;
    const bool may_go = co_await throttle_.pass(tokens, stop);
    co_return may_go;
}

answer_kind synchronous::meaning_of(const exchange &seen) const {
    if (!seen.answer)
        return seen.hopeless ? answer_kind::refused : answer_kind::wait;
    const auto status = meant_status(*seen.answer);
    const bool refused = !is_success(*seen.answer) || status != seen.answer->status;
    return judge(status, refused ? kind_of(status, service_.error_of(*seen.answer)) : failure_kind::unclear);
}

awaitable<answered> synchronous::answer(std::string_view request_line, const stop_check &stop) {
    const auto parts = split_request(request_line, api_.body_member);
    auto request = request_of(parts);
    answered out;
    for (int tries = 1;; ++tries) {
        const bool may_go = co_await may_send(tries, tokens_in(parts.body), stop);
        if (!may_go)
            co_return out;
        request.deadline = steady::now() + timeout_;
        const auto seen = co_await send(request);
        const auto &[answer, error, sent, hopeless] = seen;
        if (!answer && sent) {
            out.line = api_.lines.broken(parts.custom_id, error);
            co_return out;
        }
        const auto next = meaning_of(seen);
        if (next == answer_kind::done) {
            throttle_.spend(tokens_in(answer->body));
            out.line = api_.lines.answered(parts.custom_id, *answer);
            co_return out;
        }
        if (next == answer_kind::wait) {
            const auto asked =
                answer ? http::retry_after(answer->fields, std::chrono::system_clock::now()) : std::nullopt;
            if (const auto pause = next_pause(tries, answer.has_value(), asked, jitter())) {
                log::debug("{}: {}; again in {} ms", service_.host(), answer ? std::to_string(answer->status) : error,
                           pause->count());
                throttle_.hold(*pause);
                continue;
            }
        }
        out.refused = answer ? refusal_of(*answer, next == answer_kind::wait)
                             : failure{failure_kind::unreachable, 0, {}, error, std::nullopt};
        co_return out;
    }
}

std::unique_ptr<chat_api> make_chat(const config::provider_spec &spec, const std::string &api_key,
                                    http::client &client) {
    auto lines = spec;
    lines.quirks.full_lines = false;
    synchronous_api api{std::make_unique<openai>(lines, std::string{}, client), "/chat/completions", "body", chat_lines,
                        parse_api_error};
    return std::make_unique<synchronous>(spec, api_key, client, std::move(api));
}

std::unique_ptr<chat_api> make_messages(const config::provider_spec &spec, const std::string &api_key,
                                        http::client &client) {
    synchronous_api api{std::make_unique<anthropic>(spec, std::string{}, client), "/messages", "params", message_lines,
                        parse_anthropic_error};
    return std::make_unique<synchronous>(spec, api_key, client, std::move(api));
}

} // namespace smelt::provider
