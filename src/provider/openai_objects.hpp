#pragma once

#include "smelt/core/json.hpp"
#include "smelt/provider/provider.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What the service says, as values: pure functions. Absent, null and "" mean the same everywhere.
namespace smelt::provider {

/// {"error":{"message","type","param","code"}}
struct api_error {
    std::string message;
    std::string code;   ///< or the type when there is no code
    bool quota = false; ///< a spent quota, which waiting does not mend
};

/// Nothing unless the body is the service's own error object: a proxy's page or another shape proves nothing.
std::optional<api_error> parse_api_error(std::string_view body);

/// A service's own words for OpenAI's states.
using state_words = std::map<std::string, std::string>;

/// Nothing without an id. Some services wrap what a create made in a member `job`.
std::optional<remote_batch> parse_batch(const json &object, const state_words &states = {});

/// Nothing when the text is not a whole listing: an entry that cannot be read could be the batch that one looks for, so
/// it is not left out. page_size is what was asked for, 0 for everything. Some services give a bare array.
std::optional<listing> parse_listing(std::string_view body, std::string_view cursor, std::size_t page_size,
                                     const state_words &states = {});

/// An entry of a listing of files.
struct remote_file {
    std::string id, name;
    std::chrono::system_clock::time_point created{};
};
struct file_listing {
    std::vector<remote_file> files;
    std::string next; ///< cursor of the next page; empty: the end
};
/// Nothing when the text is not a listing. Entries without an id are left out.
std::optional<file_listing> parse_files(std::string_view body, std::string_view cursor, std::size_t page_size);

/// The document, or null when it is not JSON.
json parse_body(std::string_view body);

/// The string member `name`, or "".
std::string text_of(const json &object, const char *name);

remote_state parse_state(std::string_view word, const state_words &states = {});

/// The text without keys: services quote the key that they refuse.
std::string redact(std::string_view text, std::string_view api_key);

/// Decides what the answer to a create proves.
create_result classify_create(const http::response &answer, std::chrono::system_clock::time_point now,
                              const state_words &states = {});

} // namespace smelt::provider
