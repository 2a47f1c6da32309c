#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/domain/status.hpp"
#include "smelt/domain/usage.hpp"
#include "smelt/extraction/compiled_task.hpp"
#include "smelt/http/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// The contract of a batch API, or of a synchronous service. A dialect is a class that implements `provider`, in a few
/// files of its name, and is named in src/provider/make_provider.cpp. All text of the service that comes through the
/// contract is printable and holds no API key.
namespace smelt::provider {

using boost::asio::awaitable;

/// By what a batch whose creation had no answer is found again; none: nothing is listed (provider.quirks.list: false).
enum class lookup {
    metadata,
    name,
    input_file,
    count_and_time, ///< proven by the custom_id of its first result line, so only once it has ended
    none,
};

/// What a dialect can do and how much of it.
struct service_capabilities {
    lookup find_by = lookup::metadata;
    bool newest_first = true; ///< listings show what was made last first
    std::int64_t max_requests = 50'000;
    std::int64_t max_bytes = 200'000'000;
    /// A batch of at most so many requests and bytes travels inside its create; nothing is uploaded. 0: always a file.
    std::int64_t inline_requests = 0;
    std::int64_t inline_bytes = 0;
    std::vector<config::param_rule> params; ///< what models refuse
    /// Request and result files lie at the provider until they are deleted.
    bool keeps_files = true;
    /// Requests that may be under way at once at a synchronous service; 0: there are batches instead.
    int concurrency = 0;
    [[nodiscard]] bool synchronous() const { return concurrency > 0; }
    [[nodiscard]] bool travels_inline(std::int64_t requests, std::int64_t bytes) const {
        return requests <= inline_requests && bytes <= inline_bytes;
    }
};

/// Writes the request lines of one task version: everything that does not depend on the record is encoded once.
class line_encoder {
  public:
    virtual ~line_encoder() = default;
    /// Appends one line, newline included.
    virtual void encode(std::string_view custom_id, const std::vector<extraction::message> &messages,
                        std::string &out) const = 0;
};

/// One line of a result file, understood.
struct result_line {
    std::string custom_id;                         ///< empty: none could be read
    std::string answer;                            ///< the model's text when why == none
    cause_kind cause = cause_kind::none;           ///< none: there is an answer to judge
    outcome_kind outcome = outcome_kind::accepted; ///< accepted means "an answer", otherwise errored, expired,
                                                   ///< cancelled or rejected (truncated)
    std::string message;                           ///< the provider's words, for people
    smelt::usage tokens; ///< not known when there is an answer whose use was not told; zero when there is none
    std::string model;   ///< as resolved by the provider; may be empty. Its price is the answer's, where it has one
};

/// Common states; an unknown word of a provider is `unknown`, never an end.
enum class remote_state { validating, running, finalizing, cancelling, completed, failed, expired, cancelled, unknown };
[[nodiscard]] bool is_terminal(remote_state s);
std::string_view to_string(remote_state s);

/// One entry of errors.data of a batch that never ran.
struct line_error {
    std::string code;
    std::string message;
    std::optional<std::int64_t> line; ///< 1-based line of the input file
};

/// A batch as the provider shows it now.
struct remote_batch {
    std::string id;
    remote_state state = remote_state::unknown;
    std::string status;       ///< as the provider calls it
    std::string nonce;        ///< from its metadata; empty when it is not ours
    std::string installation; ///< from its metadata
    std::string task;         ///< from its metadata: "pipeline/task"
    std::string version;      ///< from its metadata: the hash of the task version
    std::string input_file;
    std::string output_file; ///< empty: none (null, missing and "" are the same)
    std::string error_file;
    std::optional<std::int64_t> total, completed, failed; ///< empty: not reported
    std::vector<line_error> errors;
    std::chrono::system_clock::time_point created{};
};

enum class create_outcome {
    created,
    not_sent, ///< nothing left this machine: safe to try again
    refused,  ///< the provider's own error says that nothing was made
    unknown,  ///< it may exist
};

/// What the answer to a create means (docs/architecture.md).
struct create_result {
    create_outcome outcome = create_outcome::unknown;
    remote_batch batch;  ///< when created
    int status = 0;      ///< HTTP status when there was one
    std::string code;    ///< the provider's error code
    std::string message; ///< for people, clipped
    std::optional<std::chrono::milliseconds> retry_after;
    /// Refused for now, not for good: 429 that is not a spent quota.
    bool busy = false;
};

/// Whether what is not sent yet is not to be sent any more.
using stop_check = std::function<bool()>;

/// What became of one request to a synchronous service.
struct answered {
    std::string line; ///< its result line, which decode reads; empty: nothing was done
    /// Why, when no other request would fare better: create_outcome::refused or not_sent.
    std::optional<create_result> refused;
};

struct create_request {
    std::string input_file;      ///< remote id of the upload; empty: the requests travel with the create
    std::filesystem::path spool; ///< the request lines, when they travel with the create
    std::string model;
    std::string endpoint;
    std::string nonce;
    std::string installation;
    std::string task;    ///< "pipeline/task"
    std::string version; ///< the hash of the task version
    std::string name;    ///< display name; may be empty
    std::chrono::steady_clock::time_point deadline;
};

struct listing {
    std::vector<remote_batch> batches;
    std::string next;        ///< cursor of the next page; empty: the end
    bool incomplete = false; ///< something could not be read, or not be reached, that may be a batch of ours
    std::optional<std::chrono::system_clock::time_point> now; ///< by the provider's own clock (header Date)
};

/// The provider answered an idempotent call with an error status after retries.
class provider_error : public std::runtime_error {
  public:
    provider_error(int status, std::string code, const std::string &message)
        : std::runtime_error{message}, status_{status}, code_{std::move(code)} {}
    [[nodiscard]] int status() const noexcept { return status_; }
    [[nodiscard]] const std::string &code() const noexcept { return code_; }

  private:
    int status_;
    std::string code_;
};

/// All calls may throw http::transport_error and provider_error unless they say otherwise.
class provider {
  public:
    virtual ~provider() = default;
    [[nodiscard]] virtual const service_capabilities &capabilities() const = 0;
    /// What one of the provider's status words means; an unknown word is remote_state::unknown.
    [[nodiscard]] virtual remote_state state_of(std::string_view status) const = 0;

    /// Throws usage_error when the definition breaks a rule of the dialect (schema, params).
    [[nodiscard]] virtual std::unique_ptr<line_encoder> encoder(const task_definition &definition) const = 0;
    /// Pure, thread safe, never throws: what is not understood comes back as cause_kind::unreadable.
    [[nodiscard]] virtual result_line decode(std::string_view line) const = 0;

    /// Only where capabilities().synchronous(): sends one request, with pauses while the service is busy. A request of
    /// which nothing is known has a line that says so; it is never sent again here. `stop` ends the waiting before it
    /// is sent. Does not throw for transport or HTTP errors.
    virtual awaitable<answered> answer(std::string_view request_line, const stop_check &stop);

    /// Uploads a spool file under a name that holds the nonce; returns its remote id.
    virtual awaitable<std::string> upload(const std::filesystem::path &spool, const std::string &filename) = 0;
    /// One try, never repeated. Does not throw for transport or HTTP errors: they are the result.
    virtual awaitable<create_result> create(const create_request &r) = 0;
    virtual awaitable<remote_batch> get(const std::string &remote_id) = 0;
    /// Newest first where the provider can.
    virtual awaitable<listing> list(const std::string &cursor) = 0;
    /// Asks to stop; a batch that has already ended is no error. Returns what it is now.
    virtual awaitable<remote_batch> cancel(const std::string &remote_id) = 0;
    /// Streams a result file. Throws transport_error when it was cut short.
    virtual awaitable<void> fetch(const std::string &file_id, const http::body_sink &sink) = 0;
    /// The ids of uploaded batch inputs with these names, as far back as `age` before now.
    virtual awaitable<std::map<std::string, std::string>> find_files(const std::set<std::string> &names,
                                                                     std::chrono::milliseconds age) = 0;
    /// Deletes a file; one that is gone already is no error.
    virtual awaitable<void> delete_file(const std::string &file_id) = 0;
};

/// The dialect that the service of this name speaks. api_key may be empty. The client outlives it. Throws usage_error
/// for an unusable base_url.
std::unique_ptr<provider> make_provider(const config::provider_spec &spec, std::string api_key, http::client &client);

} // namespace smelt::provider
