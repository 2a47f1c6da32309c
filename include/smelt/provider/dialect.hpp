#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/domain/status.hpp"
#include "smelt/domain/task_definition.hpp"
#include "smelt/domain/usage.hpp"
#include "smelt/extraction/compiled_task.hpp"
#include "smelt/http/client.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::provider {

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
    std::string answer;                            ///< the model's text when cause == none
    cause_kind cause = cause_kind::none;           ///< none: there is an answer to judge
    outcome_kind outcome = outcome_kind::accepted; ///< accepted means "an answer", otherwise errored, expired,
                                                   ///< cancelled or rejected (truncated)
    std::string message;                           ///< the provider's words, for people
    smelt::usage tokens; ///< not known when there is an answer whose use was not told; zero when there is none
    std::string model;   ///< as resolved by the provider; may be empty. Its price is the answer's, where it has one
};

/// How a service writes requests and answers, and its limits: what batch_api and chat_api have in common. All text of
/// the service that comes through is printable and holds no API key.
class dialect {
  public:
    virtual ~dialect() = default;
    [[nodiscard]] virtual const service_capabilities &capabilities() const = 0;
    /// Throws usage_error when the definition breaks a rule of the dialect (schema, params).
    [[nodiscard]] virtual std::unique_ptr<line_encoder> encoder(const task_definition &definition) const = 0;
    /// Pure, thread safe, never throws: what is not understood comes back as cause_kind::unreadable.
    [[nodiscard]] virtual result_line decode(std::string_view line) const = 0;
};

/// Of whatever kind the service is. The client outlives it. Throws usage_error for an unusable base_url.
std::unique_ptr<dialect> make_dialect(const config::provider_spec &spec, std::string api_key, http::client &client);

} // namespace smelt::provider
