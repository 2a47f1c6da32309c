#pragma once

#include "numbers.hpp"

#include "smelt/base/json.hpp"
#include "smelt/provider/batch_api.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

/// What any service's answers have in common, as values: pure functions. Absent, null and "" mean the same everywhere.
namespace smelt::provider {

/// The document, or null when it is not JSON or too deep.
json parse_body(std::string_view body);

/// Whether brackets are nested deeper than what walks through documents level by level can bear.
bool is_too_deep(std::string_view text);

/// The text without a byte order mark at its start, which JSON has none of and some files begin with.
std::string_view without_mark(std::string_view text);

/// The member, or empty when it is absent, null, or object is none.
const json *find_member(const json &object, const char *name);

/// The string member `name`, or "".
std::string text_of(const json &object, const char *name);

/// A service's words for the states of a batch.
using state_word = std::pair<std::string_view, remote_state>;
/// What one of them means; remote_state::unknown for a word that is not among them.
remote_state state_in(std::span<const state_word> words, std::string_view word);

/// RFC 3339 text or Unix seconds; the epoch when it is neither, or lies where the clock does not reach.
std::chrono::system_clock::time_point date_of(const json &object, const char *name);

/// An error's code, which is a string at OpenAI and a number at some of its copies, else its type or status.
std::string code_of(const json &error);

/// What the service says about a call that it refused.
struct api_error {
    std::string message;
    std::string code;                 ///< or the type when there is no code
    std::optional<failure_kind> kind; ///< when its words say more than the status
};

/// What a refusal means: what the service's words say, else what the status does.
failure_kind kind_of(int status, const std::optional<api_error> &own);

/// {"error":{"message","type","param","code"}}, as OpenAI, Anthropic and Google have it with small differences. Nothing
/// unless the body is the service's own error object: a proxy's page or another shape proves nothing.
std::optional<api_error> parse_api_error(std::string_view body);
/// The same, with what the words mean to this service. error: the member of that name.
std::optional<api_error> parse_api_error(std::string_view body,
                                         std::optional<failure_kind> (*meaning)(const json &error,
                                                                                const api_error &read));

/// Reads the batch that an answer to a create names.
using batch_reader = std::function<std::optional<remote_batch>(const json &)>;
using error_reader = std::optional<api_error> (*)(std::string_view body);

/// The service's own error; for a status that calls the request invalid also {"error":{"message"}} and a list of what
/// is wrong, {"detail": []}, without a code. Empty: what came proves nothing.
std::optional<api_error> service_error(const http::response &answer, error_reader errors);

/// Why a call was refused: the service's own error, or what else the answer says, or where it redirects to. May be
/// empty.
std::string why_refused(const http::response &answer, error_reader errors);

/// Decides what the answer to a create proves.
create_result classify_create(const http::response &answer, std::chrono::system_clock::time_point now,
                              const batch_reader &read, error_reader errors);

/// The entries of a listing, which may be a bare array; null and an absent member of a list are an empty one. Null when
/// the document is no listing.
const json *entries_in(const json &document, const char *name);

/// The batches of a page. An entry that cannot be read is left out; one that could be a batch of ours (it holds our
/// marks, or batches of this service hold none) makes the page incomplete.
listing read_page(const json &entries, const batch_reader &read, lookup find_by);

/// What a dialect puts into metadata (or a name) to know its batches again; empty values are left out.
json metadata_of(const create_request &r);
void read_metadata(const json &metadata, remote_batch &into);

} // namespace smelt::provider
