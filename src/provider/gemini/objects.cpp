#include "objects.hpp"

#include "gemini.hpp"
#include "provider/reason.hpp"

#include "smelt/base/text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

namespace smelt::provider {
namespace {

constexpr std::size_t longest_message = 1000;
constexpr std::size_t longest_name = 128; ///< not stated; what other Google services allow
constexpr std::size_t hash_shown = 20;
constexpr std::string_view prefix = "smelt ";

const json &object_at(const json &object, const char *name) {
    static const json nothing;
    const auto *found = find_member(object, name);
    return found == nullptr ? nothing : *found;
}

/// Where results are stands in `response` and, in newer answers, in `metadata.output`.
std::string results_of(const json &operation) {
    auto file = text_of(object_at(operation, "response"), "responsesFile");
    return file.empty() ? text_of(object_at(object_at(operation, "metadata"), "output"), "responsesFile") : file;
}

/// google.rpc.Status: what it means for a batch that failed as a whole.
failure_kind kind_of_whole(const json &error) {
    static const std::set<std::string> passing{"4",
                                               "8",
                                               "10",
                                               "13",
                                               "14",
                                               "429",
                                               "500",
                                               "503",
                                               "504",
                                               "DEADLINE_EXCEEDED",
                                               "RESOURCE_EXHAUSTED",
                                               "ABORTED",
                                               "INTERNAL",
                                               "UNAVAILABLE"};
    static const std::set<std::string> permanent{"5",
                                                 "7",
                                                 "9",
                                                 "16",
                                                 "401",
                                                 "403",
                                                 "404",
                                                 "NOT_FOUND",
                                                 "PERMISSION_DENIED",
                                                 "FAILED_PRECONDITION",
                                                 "UNAUTHENTICATED"};
    const auto status = text_of(error, "status");
    const auto code = code_of(error);
    if (passing.contains(status) || passing.contains(code))
        return failure_kind::busy;
    return permanent.contains(status) || permanent.contains(code) ? failure_kind::request : failure_kind::unclear;
}

/// A key that is no key is refused as an invalid argument.
std::optional<failure_kind> meaning_of(const json &error, const api_error & /*read*/) {
    const auto *details = find_member(error, "details");
    const bool bad_key = details != nullptr && details->is_array() &&
                         std::any_of(details->begin(), details->end(),
                                     [](const json &detail) { return text_of(detail, "reason") == "API_KEY_INVALID"; });
    return bad_key ? std::optional{failure_kind::key} : std::nullopt;
}

void read_counts(const json &stats, remote_batch &into) {
    into.total = count_of(stats, "requestCount");
    if (!into.total)
        return;
    // Members that are zero are left out.
    into.completed = count_or_zero(stats, "successfulRequestCount");
    into.failed = count_or_zero(stats, "failedRequestCount");
}

} // namespace

std::optional<api_error> parse_google_error(std::string_view body) {
    return parse_api_error(body, meaning_of);
}

remote_state parse_gemini_state(std::string_view status) {
    using enum remote_state;
    static constexpr std::array<state_word, 9> words{{{"PENDING", validating},
                                                      {"QUEUED", validating},
                                                      {"RUNNING", running},
                                                      {"CANCELLING", cancelling},
                                                      {"SUCCEEDED", completed},
                                                      {"PARTIALLY_SUCCEEDED", completed},
                                                      {"FAILED", failed},
                                                      {"CANCELLED", cancelled},
                                                      {"EXPIRED", expired}}};
    constexpr std::string_view marker = "_STATE_";
    const auto at = status.find(marker);
    const auto suffix = at == std::string_view::npos ? status : status.substr(at + marker.size());
    return state_in(words, suffix);
}

remote_state gemini::state_of(std::string_view status) const {
    return parse_gemini_state(status);
}

std::optional<remote_batch> parse_operation(const json &operation) {
    remote_batch out;
    out.id = text_of(operation, "name");
    if (out.id.empty())
        return std::nullopt;
    const auto &metadata = object_at(operation, "metadata");
    out.status = text_of(metadata, "state");
    out.state = parse_gemini_state(out.status);
    const auto &input = object_at(metadata, "inputConfig");
    out.input_file = text_of(input, "fileName");
    out.output_file = results_of(operation);
    read_display_name(text_of(metadata, "displayName"), out);
    read_counts(object_at(metadata, "batchStats"), out);
    if (const auto *error = find_member(operation, "error")) {
        line_error whole;
        whole.code = text_of(*error, "status").empty() ? code_of(*error) : text_of(*error, "status");
        whole.kind = kind_of_whole(*error);
        whole.message = clip_utf8(reason_in(*error).message, longest_message);
        out.errors.push_back(std::move(whole));
        const auto *done = find_member(operation, "done");
        if (out.state == remote_state::unknown && done != nullptr && *done == true)
            out.state = remote_state::failed;
    }
    out.created = date_of(metadata, "createTime");
    return out;
}

std::string display_name_of(const create_request &r) {
    const auto name =
        std::string{prefix} + r.installation + " " + r.nonce + " " + r.version.substr(0, hash_shown) + " " + r.task;
    return std::string{clip_utf8(name, longest_name)};
}

void read_display_name(std::string_view name, remote_batch &into) {
    if (!name.starts_with(prefix))
        return;
    std::istringstream words{std::string{name.substr(prefix.size())}};
    std::string installation;
    std::string nonce;
    std::string version;
    if (!(words >> installation >> nonce >> version))
        return;
    into.installation = installation;
    into.nonce = nonce;
    into.version = version;
    words >> into.task;
}

std::string resource_path(std::string_view kind, std::string_view name) {
    const auto folder = std::string{kind} + "/";
    if (name.starts_with(folder))
        name.remove_prefix(folder.size());
    return "/" + folder + path_step(std::string{name});
}

} // namespace smelt::provider
