#include "objects.hpp"

#include "openai.hpp"
#include "provider/reason.hpp"

#include "smelt/base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace smelt::provider {
namespace {

constexpr std::size_t longest_message = 1000;

std::vector<line_error> errors_of(const json &batch) {
    std::vector<line_error> out;
    const auto *errors = find_member(batch, "errors");
    const auto *data = errors == nullptr ? nullptr : find_member(*errors, "data");
    if (data == nullptr || !data->is_array())
        return out;
    for (const auto &entry : *data) {
        line_error e;
        e.code = code_of(entry);
        e.message = clip_utf8(reason_in(entry).message, longest_message);
        e.line = line_number_of(entry, "line");
        e.kind = kind_of_batch_error(e);
        out.push_back(std::move(e));
    }
    return out;
}

} // namespace

failure_kind kind_of_batch_error(const line_error &error) {
    static constexpr std::array<std::string_view, 4> full{"token_limit_exceeded", "rate_limit_exceeded", "queue_full",
                                                          "too_many_batches"};
    static constexpr std::array<std::string_view, 9> whole{"model_not_found", "mismatched_model",     "model_mismatch",
                                                           "invalid_url",     "url_mismatch",         "empty_file",
                                                           "empty_batch",     "input_no_permissions", "input_modified"};
    const auto has = [&](const auto &codes) { return std::ranges::find(codes, error.code) != codes.end(); };
    if (has(full))
        return failure_kind::busy;
    const bool invalid = error.code == "invalid_request" && !error.line;
    return has(whole) || invalid ? failure_kind::request : failure_kind::unclear;
}

std::optional<std::string> next_page(const json &document, const json &data, std::string_view cursor,
                                     std::size_t page_size) {
    const auto *more = find_member(document, "has_more");
    const bool full = page_size > 0 && data.size() >= page_size;
    const bool goes_on = more != nullptr && more->is_boolean() ? more->get<bool>() : full;
    if (!goes_on)
        return std::string{};
    if (page_size == 0)
        return std::nullopt;
    auto next = text_of(document, "last_id");
    if (next.empty() && !data.empty())
        next = text_of(data.back(), "id");
    return next.empty() || next == cursor ? std::nullopt : std::optional{std::move(next)};
}

remote_state parse_state(std::string_view status, const state_names &states) {
    using enum remote_state;
    static constexpr std::array<state_word, 10> words{{{"validating", validating},
                                                       {"in_progress", running},
                                                       {"finalizing", finalizing},
                                                       {"cancelling", cancelling},
                                                       {"canceling", cancelling},
                                                       {"completed", completed},
                                                       {"failed", failed},
                                                       {"expired", expired},
                                                       {"cancelled", cancelled},
                                                       {"canceled", cancelled}}};
    auto name = lower_ascii(status);
    if (const auto own = states.find(name); own != states.end())
        name = own->second;
    return state_in(words, name);
}

remote_state openai::state_of(std::string_view status) const {
    return parse_state(status, quirks_.states);
}

std::optional<remote_batch> parse_batch(const json &answer, const state_names &states) {
    const auto *job = find_member(answer, "job");
    const json &object = job == nullptr ? answer : *job;
    remote_batch out;
    out.id = text_of(object, "id");
    if (out.id.empty())
        return std::nullopt;
    out.status = text_of(object, "status");
    out.state = parse_state(out.status, states);
    out.input_file = text_of(object, "input_file_id");
    out.output_file = text_of(object, "output_file_id");
    out.error_file = text_of(object, "error_file_id");
    if (const auto *metadata = find_member(object, "metadata"))
        read_metadata(*metadata, out);
    if (const auto *counts = find_member(object, "request_counts")) {
        out.total = count_of(*counts, "total");
        out.completed = count_of(*counts, "completed");
        out.failed = count_of(*counts, "failed");
    }
    out.errors = errors_of(object);
    if (const auto *error = find_member(object, "error"); out.errors.empty() && error != nullptr) {
        const auto why = reason_in(*error);
        line_error whole;
        whole.code = error->is_object() ? why.code : "";
        whole.message = clip_utf8(why.message, longest_message);
        whole.kind = kind_of_batch_error(whole);
        if (!whole.message.empty())
            out.errors.push_back(std::move(whole));
    }
    out.created = date_of(object, "created_at");
    return out;
}

std::optional<listing> parse_listing(std::string_view body, std::string_view cursor, std::size_t page_size,
                                     const batch_reader &read, lookup find_by) {
    const auto document = parse_body(body);
    const auto *entries = entries_in(document, "data");
    if (entries == nullptr)
        return std::nullopt;
    auto out = read_page(*entries, read, find_by);
    const auto next = next_page(document, *entries, cursor, page_size);
    // What was not shown may be what one looks for.
    out.incomplete = out.incomplete || !next;
    out.next = next.value_or("");
    return out;
}

std::optional<file_listing> parse_files(std::string_view body, std::string_view cursor, std::size_t page_size) {
    const auto document = parse_body(body);
    const auto *data = entries_in(document, "data");
    if (data == nullptr)
        return std::nullopt;
    file_listing out;
    for (const auto &entry : *data)
        if (auto id = text_of(entry, "id"); !id.empty())
            out.files.push_back({std::move(id), text_of(entry, "filename"), date_of(entry, "created_at")});
    out.next = next_page(document, *data, cursor, page_size).value_or("");
    return out;
}

} // namespace smelt::provider
