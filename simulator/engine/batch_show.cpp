#include "batch.hpp"
#include "simulator/faults/corrupt_line.hpp"

namespace smelt::sim {
namespace {

constexpr std::int64_t window_seconds = 86'400;

json seconds_or_null(std::int64_t milliseconds) {
    return milliseconds == 0 ? json() : json(milliseconds / 1000);
}

json text_or_null(const std::string &text) {
    return text.empty() ? json() : json(text);
}

json show_errors(const std::vector<line_error> &errors) {
    json data = json::array();
    for (const auto &e : errors)
        data.push_back({{"code", e.code},
                        {"message", e.message},
                        {"param", text_or_null(e.param)},
                        {"line", e.line == 0 ? json() : json(e.line)}});
    return {{"object", "list"}, {"data", std::move(data)}};
}

json show_counts(const batch &b, const batch_phase &phase) {
    const seen_counts counts = counts_in(phase, b);
    return {{"total", counts.total}, {"completed", counts.completed}, {"failed", counts.failed}};
}

json show_usage(const batch_results &results) {
    return {{"input_tokens", results.input_tokens},
            {"input_tokens_details", {{"cached_tokens", 0}}},
            {"output_tokens", results.output_tokens},
            {"output_tokens_details", {{"reasoning_tokens", 0}}},
            {"total_tokens", results.input_tokens + results.output_tokens}};
}

void show_absent(json &object, const std::string &style) {
    if (style == "missing") {
        json present = json::object();
        for (const auto &[name, value] : object.items())
            if (!value.is_null())
                present[name] = value;
        object = std::move(present);
    } else if (style == "blank") {
        for (const char *name : {"output_file_id", "error_file_id"})
            if (object[name].is_null())
                object[name] = "";
    }
}

} // namespace

json show(const batch &b, std::int64_t now) {
    const batch_phase phase = phase_at(b, now);
    const bool failed = phase.status == "failed";
    const bool named = names_results(phase, b);
    json object = {{"id", b.id},
                   {"object", "batch"},
                   {"endpoint", b.endpoint},
                   {"errors", failed ? show_errors(b.results.errors) : json()},
                   {"input_file_id", b.input_file},
                   {"completion_window", "24h"},
                   {"status", std::string{phase.status}},
                   {"output_file_id", named && b.results.has_output ? json(b.output_file) : json()},
                   {"error_file_id", named && b.results.has_errors ? json(b.error_file) : json()},
                   {"created_at", b.created / 1000},
                   {"in_progress_at", seconds_or_null(phase.in_progress_at)},
                   {"expires_at", b.created / 1000 + window_seconds},
                   {"finalizing_at", seconds_or_null(phase.finalizing_at)},
                   {"completed_at", seconds_or_null(phase.completed_at)},
                   {"failed_at", seconds_or_null(phase.failed_at)},
                   {"expired_at", seconds_or_null(phase.expired_at)},
                   {"cancelling_at", seconds_or_null(phase.cancelling_at)},
                   {"cancelled_at", seconds_or_null(phase.cancelled_at)},
                   {"request_counts", show_counts(b, phase)},
                   {"metadata", b.metadata}};
    if (!b.results.model.empty() && phase.in_progress_at != 0)
        object["model"] = b.results.model;
    if (phase.terminal && !failed)
        object["usage"] = show_usage(b.results);
    const auto faults = faults_of(b);
    if (!faults.status_word.empty() && phase.status == "in_progress")
        object["status"] = faults.status_word;
    if (!faults.odd_counts.empty() && b.spoken != dialect::together) // which shows no counts
        make_counts_odd(faults.odd_counts, object["request_counts"]);
    if (faults.extra_fields)
        object["x_unheard_of"] = {{"deep", {1, 2, 3}}};
    show_absent(object, faults.empty_ids);
    if (faults.azure)
        show_as_azure(object);
    return batch_in_dialect(b.spoken, std::move(object));
}

} // namespace smelt::sim
