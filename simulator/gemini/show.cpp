#include "api.hpp"
#include "lines.hpp"
#include "simulator/faults/corrupt_line.hpp"

#include <algorithm>
#include <map>

namespace smelt::sim {
namespace {

std::string state_of(const batch_phase &phase, const batch_faults &faults) {
    static const std::map<std::string_view, std::string> words{{"validating", "PENDING"},
                                                               {"failed", "FAILED"},
                                                               {"completed", "SUCCEEDED"},
                                                               {"expired", "EXPIRED"},
                                                               {"cancelled", "CANCELLED"}};
    const auto known = words.find(phase.status);
    if (known == words.end() && !faults.status_word.empty())
        return faults.status_word;
    return (faults.job_states ? "JOB_STATE_" : "BATCH_STATE_") +
           (known == words.end() ? std::string{"RUNNING"} : known->second);
}

/// int64 as text; what is zero is not there.
void show_count(json &stats, const char *name, std::int64_t value) {
    if (value > 0)
        stats[name] = std::to_string(value);
}

json show_stats(const batch &b, const batch_phase &phase, const batch_faults &faults) {
    const seen_counts counts = counts_in(phase, b);
    const auto total = std::max(counts.total, b.special.at("total").get<std::int64_t>());
    json stats = json::object();
    show_count(stats, "requestCount", total);
    show_count(stats, "successfulRequestCount", counts.completed);
    show_count(stats, "failedRequestCount", counts.failed);
    if (!phase.terminal)
        show_count(stats, "pendingRequestCount", total - counts.completed - counts.failed);
    if (!faults.odd_counts.empty())
        make_counts_odd(faults.odd_counts, stats);
    return stats;
}

json show_error(const batch &b, const batch_phase &phase) {
    if (phase.status == "cancelled")
        return {{"code", rpc_code("CANCELLED")}, {"message", "The batch was cancelled."}};
    if (phase.status == "expired")
        return {{"code", rpc_code("DEADLINE_EXCEEDED")}, {"message", "The batch expired before it was completed."}};
    const line_error &first = b.results.errors.front();
    const std::string word = first.code == "token_limit_exceeded" ? "RESOURCE_EXHAUSTED" : first.code;
    return {{"code", rpc_code(gemini_status(400, word))}, {"message", first.message}};
}

json show_output(const batch &b, const json &inlined) {
    json output = {{"@type", "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatchOutput"}};
    if (!b.input_file.empty())
        output["responsesFile"] = "files/" + b.output_file;
    else if (!inlined.is_null())
        output["inlinedResponses"] = {{"inlinedResponses", inlined}};
    return output;
}

json show_metadata(const batch &b, const batch_phase &phase, const batch_faults &faults, std::int64_t now) {
    constexpr const char *more = "650525"; // digits of nanoseconds
    const auto end = std::max({phase.completed_at, phase.failed_at, phase.expired_at, phase.cancelled_at});
    const auto changed = end != 0 ? end : std::max(b.created, std::min(now, std::max(b.done, b.cancelled)));
    json metadata = {{"@type", "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch"},
                     {"model", "models/" + special_text(b, "model")},
                     {"createTime", rfc3339(b.created, more)},
                     {"updateTime", rfc3339(changed, more)},
                     {"state", state_of(phase, faults)},
                     {"name", "batches/" + b.id}};
    if (const std::string name = special_text(b, "display_name"); !name.empty())
        metadata["displayName"] = name;
    if (!b.input_file.empty())
        metadata["inputConfig"] = {{"fileName", "files/" + b.input_file}};
    if (phase.terminal)
        metadata["endTime"] = rfc3339(end, more);
    if (json stats = show_stats(b, phase, faults); !stats.empty())
        metadata["batchStats"] = std::move(stats);
    return metadata;
}

} // namespace

json show_gemini_batch(const batch &b, std::int64_t now, const json &inlined) {
    const batch_phase phase = phase_at(b, now);
    const auto faults = faults_of(b);
    json shown = {{"name", "batches/" + b.id}, {"metadata", show_metadata(b, phase, faults, now)}};
    if (faults.extra_fields)
        shown["x_unheard_of"] = {{"deep", {1, 2, 3}}};
    if (!phase.terminal)
        return shown;
    shown["done"] = true;
    if (b.results.has_output && names_results(phase, b)) {
        const json output = show_output(b, inlined);
        shown["metadata"]["output"] = output;
        if (!faults.output_in_metadata)
            shown["response"] = output;
    }
    if (phase.status != "completed" && !shown.contains("response"))
        shown["error"] = show_error(b, phase);
    return shown;
}

} // namespace smelt::sim
