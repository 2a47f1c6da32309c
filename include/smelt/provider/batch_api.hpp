#pragma once

#include "smelt/provider/dialect.hpp"
#include "smelt/provider/failure.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// The contract of a batch API. A vendor's folder in src/provider has a class that implements it;
/// src/provider/make_provider.cpp names them.
namespace smelt::provider {

using boost::asio::awaitable;

/// Common states; an unknown word of a provider is `unknown`, never an end.
enum class remote_state { validating, running, finalizing, cancelling, completed, failed, expired, cancelled, unknown };
[[nodiscard]] bool is_terminal(remote_state s);
std::string_view to_string(remote_state s);

/// One entry of errors.data of a batch that never ran.
struct line_error {
    std::string code;
    std::string message;
    std::optional<std::int64_t> line; ///< 1-based line of the input file
    failure_kind kind =
        failure_kind::unclear; ///< busy; request: it concerns all lines; unclear: this line, or not said
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
    remote_batch batch; ///< when created
    failure why;        ///< when not; of kind unreachable when not sent
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

/// All calls may throw http::transport_error and provider_error unless they say otherwise.
class batch_api : public dialect {
  public:
    /// What one of the provider's status words means; an unknown word is remote_state::unknown.
    [[nodiscard]] virtual remote_state state_of(std::string_view status) const = 0;
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

/// api_key may be empty. The client outlives it. Throws usage_error for an unusable base_url.
std::unique_ptr<batch_api> make_batch_api(const config::provider_spec &spec, std::string api_key, http::client &client);

} // namespace smelt::provider
