#include "api.hpp"
#include "simulator/faults/corrupt_line.hpp"

#include <algorithm>
#include <map>

namespace smelt::sim {
namespace {

/// Equal messages are one entry: there are no line numbers here.
json show_errors(const std::vector<line_error> &errors) {
    std::map<std::string, std::int64_t> counts;
    for (const auto &e : errors)
        ++counts[e.message];
    json out = json::array();
    for (const auto &[message, count] : counts)
        out.push_back({{"message", message}, {"count", count}});
    return out;
}

json text_or_null(const std::string &text) {
    return text.empty() ? json() : json(text);
}

json end_of(const batch_phase &phase) {
    const auto end = std::max({phase.completed_at, phase.failed_at, phase.expired_at, phase.cancelled_at});
    return end == 0 ? json() : json(end / 1000);
}

void show_absent(json &job, const std::string &style) {
    for (const char *name : {"output_file", "error_file"}) {
        if (!job[name].is_null() || style == "null")
            continue;
        if (style == "blank")
            job[name] = "";
        else
            job.erase(name);
    }
}

} // namespace

std::string mistral_status(const batch_phase &phase) {
    static const std::map<std::string_view, std::string> words{{"validating", "QUEUED"},
                                                               {"failed", "FAILED"},
                                                               {"completed", "SUCCESS"},
                                                               {"expired", "TIMEOUT_EXCEEDED"},
                                                               {"cancelling", "CANCELLATION_REQUESTED"},
                                                               {"cancelled", "CANCELLED"}};
    const auto known = words.find(phase.status);
    return known == words.end() ? "RUNNING" : known->second;
}

json show_mistral_job(const batch &b, std::int64_t now) {
    const batch_phase phase = phase_at(b, now);
    const seen_counts counts = counts_in(phase, b);
    const bool failed = phase.status == "failed";
    const bool named = names_results(phase, b);
    json job = {{"id", b.id},
                {"object", "batch"},
                {"input_files", b.special.at("input_files")},
                {"metadata", b.metadata},
                {"endpoint", b.endpoint},
                {"model", text_or_null(special_text(b, "model"))},
                {"agent_id", text_or_null(special_text(b, "agent_id"))},
                {"output_file", named && b.results.has_output ? json(b.output_file) : json()},
                {"error_file", named && b.results.has_errors ? json(b.error_file) : json()},
                {"errors", failed ? show_errors(b.results.errors) : json::array()},
                {"outputs", nullptr},
                {"status", mistral_status(phase)},
                {"created_at", b.created / 1000},
                {"started_at", phase.in_progress_at == 0 ? json() : json(phase.in_progress_at / 1000)},
                {"completed_at", end_of(phase)},
                {"total_requests", counts.total},
                {"completed_requests", counts.completed + counts.failed},
                {"succeeded_requests", counts.completed},
                {"failed_requests", counts.failed}};
    const auto faults = faults_of(b);
    if (!faults.status_word.empty() && job["status"] == json("RUNNING"))
        job["status"] = faults.status_word;
    if (!faults.odd_counts.empty())
        for (const char *name : {"total_requests", "completed_requests", "succeeded_requests", "failed_requests"})
            job[name] = odd_count(faults.odd_counts, job[name]);
    if (faults.extra_fields)
        job["x_unheard_of"] = {{"deep", {1, 2, 3}}};
    show_absent(job, faults.empty_ids);
    return job;
}

} // namespace smelt::sim
