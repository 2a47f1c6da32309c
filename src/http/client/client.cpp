#include "smelt/http/client.hpp"

#include "try.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/http/retry.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace smelt::http {
namespace {

namespace asio = boost::asio;

void check_scheme(const url &to, const client_options &options) {
    if (!to.tls && !options.allow_plain_http && !to.loopback())
        throw usage_error{to.authority() + ": plain http would send the API key in the clear",
                          "use https, or set provider.allow_plain_http: true for a network that you trust"};
}

std::optional<milliseconds> next_delay(shared_state &state, const request &r, const tried &last, int tries) {
    if (last.record.delivered)
        return std::nullopt;
    failed_try t;
    t.idempotent = r.idempotent;
    t.post = r.method == "POST";
    t.tries = tries;
    t.retries = state.options.retries;
    t.status = last.answer ? last.answer->status : 0;
    t.fields = last.answer ? &last.answer->fields : nullptr;
    t.now = std::chrono::system_clock::now();
    t.jitter = std::uniform_real_distribution<>{0.0, 1.0}(state.random);
    const auto delay = retry_delay(t);
    if (delay && r.deadline && clock::now() + *delay >= *r.deadline)
        return std::nullopt;
    return delay;
}

/// What an earlier try may have done is not undone by a later one that never left.
[[noreturn]] void rethrow(const std::exception_ptr &error, bool sent) {
    try {
        std::rethrow_exception(error);
    } catch (const transport_error &e) {
        if (sent && e.how_far() == send_progress::not_sent)
            throw transport_error{e.what(), send_progress::sent};
        throw;
    }
}

std::string failure_of(const url &to, const tried &last) {
    if (last.answer)
        return last.answer->status >= 500 ? to.authority() + ": HTTP " + std::to_string(last.answer->status)
                                          : std::string{};
    try {
        std::rethrow_exception(last.error);
    } catch (const std::exception &e) {
        return e.what();
    }
}

awaitable<response> perform(std::shared_ptr<shared_state> state, const request &r, const body_sink *sink) {
    const auto to = parse_url(r.url);
    check_scheme(to, state->options);
    auto how = r.idempotent ? reuse::any : r.kept_alive ? reuse::careful : reuse::none;
    bool sent = false;
    for (int tries = 1;; ++tries) {
        tried last;
        co_await try_once(*state, r, to, sink, how, last);
        const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
        sent = sent || last.record.how_far == send_progress::sent;
        if (last.error && cancelled != asio::cancellation_type::none)
            rethrow(last.error, sent);
        state->failing = failure_of(to, last);
        if (r.idempotent && last.error && last.reused && last.record.peer_closed && !last.record.answered) {
            // The server closed an idle connection in the moment we took it: no try was wasted on that.
            how = reuse::none;
            --tries;
            continue;
        }
        const auto delay = next_delay(*state, r, last, tries);
        if (!delay && last.error)
            rethrow(last.error, sent);
        if (!delay)
            co_return std::move(*last.answer);
        log::debug("{}: try {} gave {}; again in {} ms", to.authority(), tries,
                   last.answer ? std::to_string(last.answer->status) : "no answer", delay->count());
        asio::steady_timer pause{state->executor, *delay};
        const auto [stopped] = co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        if (stopped)
            throw_transport(to, "wait before the next try", stopped,
                            sent ? send_progress::sent : send_progress::not_sent);
    }
}

constexpr int most_redirects = 5;

/// The address that an answer sends a reader on to; empty: it is final.
std::string_view next_address(const request &r, const response &answer) {
    const bool reads = r.idempotent && (r.method == "GET" || r.method == "HEAD");
    const int s = answer.status;
    const bool redirects = s == 301 || s == 302 || s == 303 || s == 307 || s == 308;
    return reads && redirects ? answer.header("location") : std::string_view{};
}

/// r to where its answer pointed. What identifies us stays at the origin that it was meant for.
request follow(const request &r, std::string_view location, const client_options &options) {
    const auto from = parse_url(r.url);
    const auto refuse = [&](const std::string &why) {
        throw transport_error{from.authority() + ": it redirects " + why, send_progress::sent};
    };
    auto out = r;
    out.url = resolve_reference(r.url, location);
    try {
        const auto to = parse_url(out.url);
        const bool in_the_clear = !to.tls && !to.loopback();
        if (in_the_clear && (from.tls || !options.allow_plain_http))
            refuse("to " + to.authority() + " without TLS, which is not followed");
        if (!to.has_origin_of(from)) {
            out.fields.clear();
            for (const auto &key : r.keys)
                if (out.url.find(key) != std::string::npos || percent_decode(out.url).find(key) != std::string::npos)
                    refuse("to another host with the key, which is not followed");
        }
    } catch (const usage_error &) {
        refuse("to what is no address of http or https");
    }
    return out;
}

awaitable<response> read_on(std::shared_ptr<shared_state> state, const request &first, const body_sink *sink) {
    auto answer = co_await perform(state, first, sink);
    std::optional<request> r;
    for (int hops = 1;; ++hops) {
        const auto &last = r ? *r : first;
        const auto location = next_address(last, answer);
        if (location.empty())
            co_return answer;
        if (hops > most_redirects)
            throw transport_error{parse_url(last.url).authority() + ": it redirects more than " +
                                      std::to_string(most_redirects) + " times",
                                  send_progress::sent};
        r = follow(last, location, state->options);
        answer = co_await perform(state, *r, sink);
    }
}

} // namespace

struct client::impl {
    std::shared_ptr<shared_state> state = std::make_shared<shared_state>();
};

client::client(asio::any_io_executor executor, client_options options) : impl_{std::make_unique<impl>()} {
    auto &state = *impl_->state;
    state.pool = std::make_shared<connection_pool>(executor, options.connections_per_host);
    state.executor = std::move(executor);
    state.options = std::move(options);
    // What is wrong here is an error of the configuration: say so before anything starts.
    if (!state.options.ca_file.empty())
        state.context();
    if (!state.options.proxy.empty() && state.options.proxy != "none")
        parse_proxy(state.options.proxy);
}

client::~client() = default;

const std::string &client::failing() const {
    return impl_->state->failing;
}

awaitable<response> client::send(const request &r) {
    return read_on(impl_->state, r, nullptr);
}

awaitable<response> client::download(const request &r, const body_sink &sink) {
    return read_on(impl_->state, r, &sink);
}

std::string_view response::header(std::string_view lower_case_name) const {
    for (const auto &[name, value] : fields)
        if (name == lower_case_name)
            return value;
    return {};
}

std::optional<std::chrono::system_clock::time_point> response::date() const {
    return parse_http_date(header("date"));
}

} // namespace smelt::http
