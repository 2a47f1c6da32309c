#include "objects.hpp"

#include "mistral.hpp"
#include "provider/openai/objects.hpp"
#include "provider/reason.hpp"

#include "smelt/base/text.hpp"

#include <algorithm>
#include <array>

namespace smelt::provider {
namespace {

constexpr std::size_t longest_message = 1000;

/// Counted by kind, without lines.
std::vector<line_error> errors_of(const json &job) {
    std::vector<line_error> out;
    if (const auto *errors = find_member(job, "errors"); errors != nullptr && errors->is_array())
        for (const auto &entry : *errors) {
            line_error e;
            e.message = clip_utf8(reason_in(entry).message, longest_message);
            if (const auto count = count_of(entry, "count").value_or(1); count > 1)
                e.message += " (" + std::to_string(count) + " times)";
            out.push_back(std::move(e));
        }
    return out;
}

/// A job has as many input files as one likes; ours have one, or none when the requests came with the create.
std::string input_of(const json &job) {
    const auto *files = find_member(job, "input_files");
    const bool named = files != nullptr && files->is_array() && !files->empty() && files->front().is_string();
    return named ? files->front().get<std::string>() : std::string{};
}

} // namespace

std::optional<api_error> parse_mistral_error(std::string_view body) {
    const auto document = parse_body(body);
    api_error out;
    if (text_of(document, "object") == "error") {
        out.message = reason_in(document).message;
        out.code = code_of(document);
    } else if (const auto *detail = find_member(document, "detail"); detail != nullptr && detail->is_array()) {
        out.message = reason_in(*detail).message;
        out.code = "validation";
    }
    if (out.message.empty())
        return parse_api_error(body);
    out.message = clip_utf8(out.message, longest_message);
    return out;
}

remote_state parse_mistral_state(std::string_view status) {
    using enum remote_state;
    static constexpr std::array<state_word, 7> words{{{"queued", validating},
                                                      {"running", running},
                                                      {"success", completed},
                                                      {"failed", failed},
                                                      {"timeout_exceeded", expired},
                                                      {"cancellation_requested", cancelling},
                                                      {"cancelled", cancelled}}};
    const auto name = lower_ascii(status);
    return state_in(words, name);
}

remote_state mistral::state_of(std::string_view status) const {
    return parse_mistral_state(status);
}

std::optional<remote_batch> parse_mistral_job(const json &job) {
    remote_batch out;
    out.id = text_of(job, "id");
    if (out.id.empty())
        return std::nullopt;
    out.status = text_of(job, "status");
    out.state = parse_mistral_state(out.status);
    out.input_file = input_of(job);
    out.output_file = text_of(job, "output_file");
    out.error_file = text_of(job, "error_file");
    if (const auto *metadata = find_member(job, "metadata"))
        read_metadata(*metadata, out);
    out.total = count_of(job, "total_requests");
    out.completed = count_of(job, "succeeded_requests");
    out.failed = count_of(job, "failed_requests");
    out.errors = errors_of(job);
    out.created = date_of(job, "created_at");
    return out;
}

std::string_view agent_of(std::string_view model) {
    constexpr std::string_view prefix = "agent:";
    return model.starts_with(prefix) ? model.substr(prefix.size()) : std::string_view{};
}

} // namespace smelt::provider
