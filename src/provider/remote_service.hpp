#pragma once

#include "wire.hpp"

#include "smelt/config/pipeline.hpp"

#include <string>

namespace smelt::provider {

/// One address and the identity used there: what the calls of every dialect have in common.
class remote_service {
  public:
    /// The client outlives it. Throws usage_error for an unusable base_url.
    remote_service(const config::provider_spec &spec, const std::string &api_key, http::client &client,
                   error_reader errors);

    /// path begins with a slash and follows base_url.
    [[nodiscard]] http::request request_for(std::string method, const std::string &path) const;
    /// The same with `folder` put before the path of base_url: https://host/folder/v1beta/...
    [[nodiscard]] http::request request_below(std::string method, const std::string &folder,
                                              const std::string &path) const;

    /// An address that the service itself named; identity goes only to the origin of base_url. Throws provider_error
    /// when it is none.
    [[nodiscard]] http::request request_at(std::string method, const std::string &url, const std::string &what) const;

    awaitable<http::response> send(const http::request &request) const { return client_.send(request); }
    /// An idempotent call. `what` is for messages; other statuses than success are refusals.
    awaitable<http::response> call(const http::request &request, const std::string &what) const;
    /// Streams a successful answer's body.
    awaitable<void> download(const http::request &request, const std::string &what, const http::body_sink &sink) const;
    /// Sent once, to end by the deadline. Does not throw for transport or HTTP errors: they are the result.
    awaitable<create_result> create(const http::request &request, std::chrono::steady_clock::time_point deadline,
                                    const batch_reader &read) const;

    /// A call that lists batches. Where the service has no listing, the refusal names the setting for that.
    awaitable<http::response> call_list(const http::request &request) const;
    /// An idempotent call that shows one batch.
    awaitable<remote_batch> show(const http::request &request, const std::string &what, const batch_reader &read) const;
    /// A batch that has ended already is no error. Where the answer shows no batch, `dialect` is asked for it.
    awaitable<remote_batch> cancel(const http::request &request, const std::string &remote_id, const batch_reader &read,
                                   batch_api &dialect) const;

    /// What the service says about its refusal; of an answer that is no error object, its words.
    [[nodiscard]] api_error error_of(const http::response &answer) const;
    /// advice: what to do, added to the message.
    [[noreturn]] void refuse(const std::string &what, const http::response &answer,
                             const std::string &advice = {}) const;
    [[noreturn]] void unreadable(const std::string &what, const http::response &answer) const;
    /// host[:port], for messages.
    [[nodiscard]] const std::string &host() const { return host_; }

  private:
    std::string base_;   ///< without a slash at its end
    std::string origin_; ///< scheme and authority
    std::string host_;
    http::headers identity_; ///< authorization and its kind; never logged
    std::string query_;
    http::client &client_;
    error_reader errors_;
};

[[nodiscard]] bool is_success(const http::response &answer);

/// An id as a step of a path. Throws usage_error for one that would name something else: an empty id would turn "this
/// file" into "all files", and dots are path steps even when nothing needs encoding.
std::string path_step(const std::string &remote_id);

/// Limits as the data and the pipeline file have them.
service_capabilities capabilities_of(const config::provider_spec &spec, lookup find_by);
/// The same where small batches may travel inside their create.
service_capabilities with_inline(service_capabilities out, const config::provider_spec &spec);

/// Throws usage_error: the parameter must not stand in the task's params.
[[noreturn]] void refuse_param(const task_definition &task, std::string_view name, const std::string &hint);
/// Throws usage_error for a parameter that the task's model refuses.
void refuse_params(const task_definition &task, const std::vector<config::param_rule> &rules);

} // namespace smelt::provider
