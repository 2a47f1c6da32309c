#include "pipelines.hpp"

#include "database_retry.hpp"

#include "smelt/base/hash.hpp"
#include "smelt/store/catalog.hpp"

#include <algorithm>
#include <stdexcept>

namespace smelt::orchestrator {
namespace {

/// Tells keys apart without telling anything about them, also across installations.
std::string fingerprint(std::string_view key, std::string_view installation) {
    sha256_stream hash;
    hash.add(installation);
    hash.add(key);
    return hash.hex().substr(0, 12);
}

http::client_options client_options_of(const config::pipeline &p, const config::provider_spec &spec) {
    http::client_options out;
    out.connect_timeout = p.timing.connect_timeout;
    out.idle_timeout = p.timing.idle_timeout;
    out.answer_timeout = p.timing.answer_timeout;
    out.ca_file = spec.ca_file;
    out.proxy = spec.proxy;
    out.allow_plain_http = spec.allow_plain_http;
    out.user_agent = "smelt";
    if (spec.synchronous) {
        // A model says nothing until it has thought.
        out.idle_timeout = std::max(out.idle_timeout, spec.pool.timeout);
        out.answer_timeout = std::max(out.answer_timeout, spec.pool.timeout);
        out.connections_per_host = static_cast<std::size_t>(spec.pool.concurrency);
    }
    return out;
}

} // namespace

const registered_task *registered_pipeline::task(task_id t) const {
    const auto found = std::ranges::find(tasks, t, &registered_task::id);
    return found == tasks.end() ? nullptr : &*found;
}

bool registered_pipeline::names(account_id account) const {
    return std::ranges::any_of(services, [&](const auto &s) { return s->account == account; });
}

service &registered_pipeline::service_of(account_id account) const {
    const auto found = std::ranges::find(services, account, [](const auto &s) { return s->account; });
    if (found == services.end())
        throw std::logic_error{"the pipeline file names no such account"};
    return **found;
}

service &registered_pipeline::asked_on(const registered_task &task, int rung) const {
    return rung == fallback_rung ? *fallback : *task.rungs[static_cast<std::size_t>(rung)];
}

int registered_pipeline::lowest_rung(const registered_task &task) const {
    return config->has_fallback(*task.spec) ? fallback_rung : 0;
}

void service::connect(std::string key, http::client &through) {
    if (spec->synchronous)
        chat = provider::make_chat_api(*spec, std::move(key), through);
    else
        batches = provider::make_batch_api(*spec, std::move(key), through);
}

registered_pipeline &pipelines::of(const store::batch_row &b) {
    return *std::ranges::find(all_, b.pipeline, &registered_pipeline::id);
}

awaitable<milliseconds> pipelines::take_rate(const service &s, std::int64_t requests, std::int64_t tokens) {
    constexpr double minute = 60'000;
    const auto time_of = [&](std::int64_t amount, std::int64_t per_minute) {
        return amount == 0 ? 0.0 : minute * static_cast<double>(amount) / static_cast<double>(per_minute);
    };
    auto work = [&](db::connection &c) {
        db::transaction tx{c};
        const auto wait = store::catalog{tx}.take_rate(s.account, time_of(requests, s.spec->pool.requests_per_minute),
                                                       time_of(tokens, s.spec->pool.tokens_per_minute));
        tx.commit();
        return wait;
    };
    co_return co_await retry_while_away(run_, work);
}

const provider::dialect &pipelines::dialect_of(registered_pipeline &p, service &s) {
    if (!s.batches && !s.chat) {
        s.client = std::make_unique<http::client>(run_.io.get_executor(), client_options_of(*p.config, *s.spec));
        auto key = config::resolve_secret(s.spec->api_key, *p.config);
        s.key_fingerprint = fingerprint(key, run_.installation);
        s.connect(std::move(key), *s.client);
        if (s.chat)
            s.chat->share_rates(
                [this, &s](std::int64_t requests, std::int64_t tokens) { return take_rate(s, requests, tokens); });
    }
    if (s.chat)
        return *s.chat;
    return *s.batches;
}

provider::batch_api &pipelines::batch_api_of(registered_pipeline &p, service &s) {
    dialect_of(p, s);
    if (!s.batches)
        throw provider::provider_error{{provider::failure_kind::unsupported, 0, "no_batches",
                                        s.spec->base_url +
                                            " is synchronous and has no batches; name the provider that the batch was "
                                            "sent to until it is collected",
                                        std::nullopt}};
    return *s.batches;
}

provider::chat_api &pipelines::chat_api_of(const store::batch_row &b) {
    auto &s = service_of(b);
    dialect_of(of(b), s);
    return *s.chat;
}

store::remote_view pipelines::view_of(const store::batch_row &b, const provider::remote_batch &job) {
    return {job.status,
            job.output_file,
            job.error_file,
            job.total,
            job.completed,
            job.failed,
            service_of(b).key_fingerprint};
}

std::vector<std::int32_t> pipelines::ids() const {
    std::vector<std::int32_t> ids;
    for (const auto &p : all_)
        ids.push_back(p.id.value);
    return ids;
}

} // namespace smelt::orchestrator
