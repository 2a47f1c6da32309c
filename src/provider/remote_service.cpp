#include "remote_service.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/base/url.hpp"
#include "smelt/http/retry.hpp"

#include <algorithm>
#include <fnmatch.h>

namespace smelt::provider {

bool is_success(const http::response &answer) {
    return answer.status >= 200 && answer.status < 300;
}

std::string path_step(const std::string &remote_id) {
    if (remote_id.empty() || remote_id == "." || remote_id == "..")
        throw usage_error{"'" + remote_id + "' is not an id of a batch or a file"};
    return percent_encode(remote_id);
}

service_capabilities capabilities_of(const config::provider_spec &spec, lookup find_by) {
    service_capabilities out;
    out.find_by = spec.quirks.list ? find_by : lookup::none;
    out.max_requests = spec.max_requests;
    out.max_bytes = spec.max_bytes;
    out.params = spec.quirks.params;
    return out;
}

void refuse_param(const task_definition &task, std::string_view name, const std::string &hint) {
    throw usage_error{"task '" + task.name + "': params must not hold '" + std::string{name} + "'", hint};
}

void refuse_params(const task_definition &task, const std::vector<config::param_rule> &rules) {
    const auto matches = [&](const std::string &pattern) {
        return ::fnmatch(pattern.c_str(), task.model.c_str(), 0) == 0;
    };
    for (const auto &rule : rules) {
        const bool meant = rule.models.empty() || std::ranges::any_of(rule.models, matches);
        if (meant && task.params.is_object() && task.params.contains(rule.name))
            throw usage_error{"task '" + task.name + "': " + task.model + " refuses the parameter '" + rule.name + "'",
                              rule.use.empty() ? "remove it" : "use " + rule.use};
    }
}

service_capabilities with_inline(service_capabilities out, const config::provider_spec &spec) {
    constexpr std::int64_t most_bytes = 4'000'000;
    out.inline_requests = spec.quirks.inline_requests;
    out.inline_bytes = most_bytes;
    return out;
}

remote_service::remote_service(const config::provider_spec &spec, const std::string &api_key, http::client &client,
                               error_reader errors)
    : base_{spec.base_url}, query_{spec.quirks.query}, client_{client}, errors_{errors} {
    while (base_.ends_with('/'))
        base_.pop_back();
    const auto base = parse_url(base_);
    if (base.target.find('?') != std::string::npos)
        throw usage_error{"provider.base_url must not hold a query (?...)"};
    host_ = base.authority();
    origin_ = base_.substr(0, base_.find('/', base_.find("://") + 3));
    const auto &header = spec.quirks.key_header;
    if (!api_key.empty())
        identity_.emplace_back(header, lower_ascii(header) == "authorization" ? "Bearer " + api_key : api_key);
    for (const auto &[name, value] : spec.quirks.headers)
        identity_.emplace_back(name, value);
    if (!spec.organization.empty())
        identity_.emplace_back("OpenAI-Organization", spec.organization);
    if (!spec.project.empty())
        identity_.emplace_back("OpenAI-Project", spec.project);
}

http::request remote_service::request_for(std::string method, const std::string &path) const {
    http::request r;
    r.method = std::move(method);
    r.url = base_ + path;
    if (!query_.empty())
        r.url += (path.find('?') == std::string::npos ? "?" : "&") + query_;
    r.fields = identity_;
    return r;
}

http::request remote_service::request_below(std::string method, const std::string &folder,
                                            const std::string &path) const {
    auto r = request_for(std::move(method), path);
    r.url.insert(origin_.size(), folder);
    return r;
}

http::request remote_service::request_at(std::string method, const std::string &url, const std::string &what) const {
    http::request r;
    r.method = std::move(method);
    r.url = url;
    try {
        parse_url(url);
    } catch (const usage_error &) {
        throw provider_error{{failure_kind::unclear, 0, "unreadable",
                              host_ + ": " + what + ": the service named no usable address", std::nullopt}};
    }
    if (url.starts_with(origin_ + "/"))
        r.fields = identity_;
    return r;
}

awaitable<http::response> remote_service::call(const http::request &request, const std::string &what) const {
    auto answer = co_await client_.send(request);
    if (!is_success(answer))
        refuse(what, answer);
    co_return answer;
}

awaitable<void> remote_service::download(const http::request &request, const std::string &what,
                                         const http::body_sink &sink) const {
    const auto answer = co_await client_.download(request, sink);
    if (!is_success(answer))
        refuse(what, answer);
}

awaitable<create_result> remote_service::create(const http::request &request,
                                                std::chrono::steady_clock::time_point deadline,
                                                const batch_reader &read) const {
    create_result failed;
    failed.outcome = create_outcome::not_sent;
    failed.why.kind = failure_kind::unreachable;
    auto once = request;
    once.idempotent = false;
    once.deadline = deadline;
    try {
        const auto answer = co_await client_.send(once);
        auto result = classify_create(answer, std::chrono::system_clock::now(), read, errors_);
        co_return result;
    } catch (const http::transport_error &e) {
        if (e.how_far() != http::send_progress::not_sent) {
            failed.outcome = create_outcome::unknown;
            failed.why.kind = failure_kind::unclear;
        }
        failed.why.message = e.what();
    } catch (const error &e) {
        failed.why.message = e.what(); // a certificate or a URL: found out before anything was written
    }
    co_return failed;
}

awaitable<http::response> remote_service::call_list(const http::request &request) const {
    const std::string what = "list batches";
    auto answer = co_await client_.send(request);
    if (is_success(answer))
        co_return answer;
    const auto kind = kind_of(answer.status, service_error(answer, errors_));
    const bool has_none = kind == failure_kind::not_found || kind == failure_kind::unsupported;
    refuse(what, answer,
           has_none ? "; if provider.base_url is right, this service lists no batches: set "
                      "provider.quirks.list: false (docs/providers.md says what is lost by it)"
                    : "");
}

awaitable<remote_batch> remote_service::show(const http::request &request, const std::string &what,
                                             const batch_reader &read) const {
    const auto answer = co_await call(request, what);
    auto batch = read(parse_body(answer.body));
    if (!batch)
        unreadable(what, answer);
    co_return std::move(*batch);
}

awaitable<remote_batch> remote_service::cancel(const http::request &request, const std::string &remote_id,
                                               const batch_reader &read, batch_api &dialect) const {
    const auto what = "cancel batch " + remote_id;
    const auto answer = co_await client_.send(request);
    // OpenAI says 409 when it has ended already; others say 400. What is true is what a read shows.
    const bool maybe_ended = answer.status == 409 || answer.status == 400;
    if (!is_success(answer) && !maybe_ended)
        refuse(what, answer);
    if (is_success(answer))
        if (auto batch = read(parse_body(answer.body)))
            co_return std::move(*batch);
    auto now = co_await dialect.get(remote_id);
    if (answer.status == 400 && !is_terminal(now.state))
        refuse(what, answer);
    co_return now;
}

api_error remote_service::error_of(const http::response &answer) const {
    auto error = service_error(answer, errors_).value_or(api_error{});
    if (error.message.empty())
        error.message = why_refused(answer, errors_);
    if (error.message.empty())
        error.message = "without a reason";
    return error;
}

void remote_service::refuse(const std::string &what, const http::response &answer, const std::string &advice) const {
    const auto error = service_error(answer, errors_);
    auto message = host_ + ": " + what + ": HTTP " + std::to_string(answer.status);
    const bool has_code = error && !error->code.empty() && error->code != std::to_string(answer.status);
    if (const auto why = why_refused(answer, errors_); !why.empty())
        message += (has_code ? " " : ": ") + why;
    throw provider_error{{kind_of(answer.status, error), answer.status, error ? error->code : std::string{},
                          message + advice, http::retry_after(answer.fields, std::chrono::system_clock::now())}};
}

void remote_service::unreadable(const std::string &what, const http::response &answer) const {
    throw provider_error{{failure_kind::unclear, answer.status, "unreadable",
                          host_ + ": " + what +
                              (is_too_deep(answer.body) ? ": the answer is JSON that is nested too deep to be read"
                                                        : ": the answer is not what the API promises"),
                          std::nullopt}};
}

} // namespace smelt::provider
