#include "synchronous.hpp"

#include "simulator/faults/corrupt_answer.hpp"
#include "simulator/faults/corrupt_line.hpp"
#include "simulator/http/vendor_api.hpp"
#include "simulator/mix.hpp"
#include "simulator/requests/json_scan.hpp"

#include "smelt/base/hash.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace smelt::sim {

namespace asio = boost::asio;
using http::server_request;
using http::server_response;

namespace {

constexpr std::size_t largest_body = 32 * 1024 * 1024;

[[noreturn]] void refuse(const made_answer &made) {
    const std::string message = made.error_message.empty() ? "simulated error" : made.error_message;
    // An error without an answer's status has no place here but this.
    throw api_error{made.no_response ? 500 : made.status, message, made.error_param, made.error_code};
}

} // namespace

synchronous::synchronous(const options &settings, const replay_book &replay, store &state)
    : ids{random_nonce()},
      settings_{settings},
      state_{state},
      maker_{settings, replay, ledger_},
      accepted_{settings.data / "answers.accepted"} {
    for (const auto id : read_hashes(settings.data / "answers.accepted"))
        count(id);
    ledger_.keep(settings.data / "answers.delivered");
}

asio::awaitable<server_response> synchronous::call(server_request &request, body_format &format, batch_faults *faults) {
    const std::string body = co_await request.read_all(largest_body);
    const std::shared_ptr<void> place = enter();
    auto [text, paid] = answer(body, format, faults);
    server_response response{200, std::move(text)};
    if (paid)
        accept(request.header("x-client-request-id"));
    if (settings_.answer_latency.count() > 0) {
        asio::steady_timer timer{co_await asio::this_coro::executor, settings_.answer_latency};
        co_await timer.async_wait(asio::use_awaitable);
    }
    co_return response;
}

/// A place among the requests under way, which is given back with its last owner.
std::shared_ptr<void> synchronous::enter() {
    if (settings_.concurrency > 0 && *under_way_ >= settings_.concurrency)
        throw api_error{429, "Rate limit reached: too many requests are under way.", "", "rate_limit_exceeded", "1"};
    ++*under_way_;
    // The count is shared because a call that waits may be destroyed later than this.
    std::shared_ptr<void> place{nullptr, [count = under_way_](void *) { --*count; }};
    if (*under_way_ > state_.counts.answers_in_flight_max) {
        state_.counts.answers_in_flight_max = *under_way_;
        state_.save_counts();
    }
    return place;
}

std::pair<std::string, bool> synchronous::answer(std::string_view body, body_format &format, batch_faults *faults) {
    const request_line request = format.parse(body);
    if (const refusal &why = request.refused; !why.message.empty())
        throw api_error{why.status, why.message, why.param, why.code};
    if (const std::string model = unescape(request.model); !serves(settings_, model))
        throw api_error{404, "The model '" + model + "' does not exist or you do not have access to it.", "model",
                        "model_not_found"};
    maker_.make(request, made_);
    if (made_.status != 200 || made_.no_response)
        refuse(made_);
    std::string out;
    if (faults != nullptr)
        corrupt_answer(*faults, made_);
    format.write(request, made_, out);
    if (faults == nullptr)
        return {std::move(out), true};
    const bool is_answer = corrupt_line(*faults, out, 0);
    corrupt_bytes(*faults, out, 0);
    return {std::move(out), is_answer};
}

void synchronous::accept(std::string_view client_id) {
    const std::uint64_t id = client_id.empty() ? 0 : hash_bytes(client_id, 0);
    accepted_.append(id);
    count(id);
}

void synchronous::count(std::uint64_t client_id) {
    ++answers_;
    if (client_id != 0 && !client_ids_.insert(client_id))
        ++duplicates_;
}

void synchronous::show_counts(json &counters) const {
    counters["answers"] = answers_;
    counters["answers_in_flight_max"] = state_.counts.answers_in_flight_max;
    counters["answer_duplicates"] = duplicates_;
}

} // namespace smelt::sim
