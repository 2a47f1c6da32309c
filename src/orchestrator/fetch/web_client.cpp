#include "web_client.hpp"

#include "hidden_key.hpp"
#include "orchestrator/transactions.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/base/url.hpp"
#include "smelt/http/retry.hpp"
#include "smelt/store/fetches.hpp"

#include <algorithm>
#include <cstdlib>

namespace smelt::orchestrator {
namespace {

/// A page or the parts of a record: more is a mistake, or an attack.
constexpr std::size_t largest_body = 64 << 20;

/// Answers are lost before their time where a slot is held no longer than a request may take.
constexpr std::chrono::seconds slot_margin{30};

/// A host that wants more is asked once an hour.
constexpr std::chrono::hours longest_rest{1};

struct body_too_long {};

/// Hosts of a private network that whoever runs this machine allows: not the pipeline's file, nor the .env beside it.
std::vector<std::string> trusted_hosts() {
    const auto *named = std::getenv("SMELT_FETCH_PRIVATE");
    std::vector<std::string> hosts;
    for (const auto &host : split(named == nullptr ? "" : named, ','))
        hosts.push_back(lower_ascii(trim(host)));
    return hosts;
}

http::client_options options_for(const config::http_source_spec &spec) {
    http::client_options options;
    options.ca_file = spec.ca_file;
    options.proxy = spec.proxy;
    options.allow_plain_http = spec.allow_plain_http;
    options.answer_timeout = spec.timeout;
    options.idle_timeout = spec.timeout;
    options.connections_per_host = static_cast<std::size_t>(spec.concurrency);
    options.retries = 0; // tries are counted where they are remembered
    options.public_only = true;
    options.trusted_hosts = trusted_hosts();
    options.user_agent = "smelt";
    return options;
}

bool is_passing(int status) {
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

/// The parts of an address between & without those that begin with one of these names.
std::string without_parameters(const std::string &url, const std::vector<std::string> &names) {
    const auto mark = url.find('?');
    if (mark == std::string::npos)
        return url;
    auto out = url.substr(0, mark);
    char before = '?';
    for (const auto &part : split(std::string_view{url}.substr(mark + 1), '&')) {
        const auto name = percent_decode(part.substr(0, part.find('=')));
        if (std::ranges::find(names, name) != names.end())
            continue;
        out += before + part;
        before = '&';
    }
    return out;
}

} // namespace

web_client::web_client(invocation &run, const registered_pipeline &p)
    : run_{run}, spec_{*p.config->source.http}, client_{run.io.get_executor(), options_for(spec_)} {
    for (const auto &auth : spec_.auth)
        keys_.push_back({auth.where, auth.name, config::resolve_secret(auth.secret, *p.config)});
}

std::string web_client::without_keys(const std::string &url) const {
    std::vector<std::string> names;
    for (const auto &k : keys_)
        if (k.where == config::http_auth_spec::place::query)
            names.push_back(k.name);
    return scrubbed(without_parameters(url, names));
}

std::string web_client::scrubbed(std::string text) const {
    // What is shorter stands in ordinary text by chance.
    constexpr std::size_t shortest_key = 8;
    for (const auto &k : keys_) {
        if (k.value.size() < shortest_key)
            continue;
        text = without_key(text, k.value);
    }
    return text;
}

http::request web_client::request_to(const std::string &url) const {
    using place = config::http_auth_spec::place;
    http::request r;
    r.url = url;
    r.fields.emplace_back("Accept", "application/json");
    for (const auto &k : keys_) {
        r.keys.push_back(k.value);
        if (k.where == place::query)
            r.url += (r.url.find('?') == std::string::npos ? '?' : '&') + percent_encode(k.name) + "=" +
                     percent_encode(k.value);
        else
            r.fields.emplace_back(k.name, (k.where == place::bearer ? "Bearer " : "") + k.value);
    }
    return r;
}

awaitable<std::optional<int>> web_client::take_slot(const std::string &host, steady_time until, milliseconds &wait) {
    constexpr milliseconds shortest{20}, longest{1000};
    const auto longest_turn = spec_.timeout + slot_margin;
    for (;;) {
        auto work = [&](db::transaction &tx) {
            store::host_slots slots{tx, host};
            if (!known_hosts_.contains(host))
                slots.make(spec_.concurrency);
            auto slot = slots.take(spec_.concurrency, run_.runner, longest_turn);
            if (!slot)
                wait = slots.wait(spec_.concurrency);
            return slot;
        };
        const auto slot = co_await write(run_, work);
        known_hosts_.insert(host);
        if (slot)
            co_return slot;
        // No request takes so long: the host has asked for it.
        if (wait > longest_turn || run_.is_ending() || std::chrono::steady_clock::now() >= until)
            co_return std::nullopt;
        co_await pause(run_.io, std::clamp(wait, shortest, longest));
    }
}

awaitable<void> web_client::release_slot(const std::string &host, int slot, std::optional<milliseconds> rest) {
    auto work = [&](db::transaction &tx) {
        store::host_slots slots{tx, host};
        slots.release(slot, spec_.pause);
        if (rest)
            slots.rest(*rest);
    };
    co_await write(run_, work);
}

void web_client::take_body(web_answer &answer, std::string body) const {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (body.starts_with(byte_order_mark))
        body.erase(0, byte_order_mark.size());
    if (const auto odd = invalid_utf8_at(body); body.empty() || odd < body.size()) {
        answer.error =
            body.empty() ? "its answer is empty" : "its answer is not UTF-8, at byte " + std::to_string(odd + 1);
        return;
    }
    answer.body = scrubbed(std::move(body));
}

awaitable<web_answer> web_client::ask(const http::request &r) {
    web_answer answer;
    std::string body;
    const http::body_sink sink = [&body](std::string_view piece) -> awaitable<void> {
        if (body.size() + piece.size() > largest_body)
            throw body_too_long{};
        body += piece;
        co_return;
    };
    try {
        const auto response = co_await client_.download(r, sink);
        answer.status = response.status;
        answer.etag = scrubbed(std::string{response.header("etag")});
        answer.last_modified = scrubbed(std::string{response.header("last-modified")});
        answer.retry_after =
            http::retry_after(response.fields, response.date().value_or(std::chrono::system_clock::now()));
        answer.is_same = response.status == 304;
        if (response.status == 200)
            take_body(answer, std::move(body));
        else if (!answer.is_same)
            answer.error = "HTTP " + std::to_string(response.status);
        answer.is_passing = is_passing(response.status) || (response.status == 200 && !answer.body);
    } catch (const body_too_long &) {
        answer.error = "its answer is longer than 64 MB";
    } catch (const error &e) {
        if (e.code() != exit_code::unavailable)
            throw;
        answer.error = scrubbed(e.what());
        answer.is_passing = true;
    }
    co_return answer;
}

awaitable<web_answer> web_client::get(const std::string &url, const std::string &etag, const std::string &last_modified,
                                      steady_time until) {
    auto r = request_to(url);
    if (!etag.empty())
        r.fields.emplace_back("If-None-Match", etag);
    if (!last_modified.empty())
        r.fields.emplace_back("If-Modified-Since", last_modified);
    const auto host = parse_url(url).authority();
    web_answer answer;
    milliseconds wait{0};
    const auto slot = co_await take_slot(host, until, wait);
    if (!slot) {
        answer.is_postponed = true;
        answer.error = host + " wants no request for " + format_duration(wait);
        co_return answer;
    }
    std::exception_ptr problem;
    try {
        auto said = co_await ask(r);
        answer = std::move(said);
    } catch (...) {
        problem = std::current_exception();
    }
    std::optional<milliseconds> rest;
    if (answer.status == 429 || answer.status == 503)
        rest = answer.retry_after;
    if (rest)
        rest = std::min<milliseconds>(*rest, longest_rest);
    co_await release_slot(host, *slot, rest);
    if (problem)
        std::rethrow_exception(problem);
    co_return answer;
}

} // namespace smelt::orchestrator
