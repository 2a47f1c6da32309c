#pragma once

#include "smelt/core/json.hpp"
#include "smelt/provider/provider.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// What any service's answers have in common, as values: pure functions. Absent, null and "" mean the same everywhere.
namespace smelt::provider {

/// The document, or null when it is not JSON.
json parse_body(std::string_view body);

/// The member, or nothing when it is absent, null, or object is none.
const json *find_member(const json &object, const char *name);

/// The string member `name`, or "".
std::string text_of(const json &object, const char *name);

/// A whole number, also one that is written as a float or, as Google does with int64, as a string.
std::optional<std::int64_t> integer_of(const json &object, const char *name);

/// RFC 3339 text or Unix seconds; the epoch when it is neither.
std::chrono::system_clock::time_point date_of(const json &object, const char *name);

/// An error's code, which is a string at OpenAI and a number at some of its copies, else its type.
std::string code_of(const json &error);

/// What the service says about a call that it refused.
struct api_error {
    std::string message;
    std::string code;   ///< or the type when there is no code
    bool quota = false; ///< a spent quota or spend limit, which waiting does not mend
};

/// {"error":{"message","type","param","code"}}, as OpenAI, Anthropic and Google have it with small differences. Nothing
/// unless the body is the service's own error object: a proxy's page or another shape proves nothing.
std::optional<api_error> parse_api_error(std::string_view body);

/// The text without keys: services quote the key that they refuse.
std::string redact(std::string_view text, std::string_view api_key);

/// Reads the batch that an answer to a create names.
using batch_reader = std::function<std::optional<remote_batch>(const json &)>;
using error_reader = std::optional<api_error> (*)(std::string_view body);

/// Decides what the answer to a create proves.
create_result classify_create(const http::response &answer, std::chrono::system_clock::time_point now,
                              const batch_reader &read, error_reader errors = parse_api_error);

/// What a dialect puts into metadata (or a name) to know its batches again; empty values are left out.
json metadata_of(const create_request &r);
void read_metadata(const json &metadata, remote_batch &into);

} // namespace smelt::provider
