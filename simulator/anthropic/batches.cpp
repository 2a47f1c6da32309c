#include "api.hpp"
#include "simulator/faults/corrupt_line.hpp"

#include <algorithm>

namespace smelt::sim {

using http::server_request;
using http::server_response;

namespace {

constexpr std::int64_t day = 86'400'000;
constexpr std::int64_t results_lifetime = 29 * day;

json date_or_null(std::int64_t milliseconds) {
    return milliseconds == 0 ? json() : json(rfc3339(milliseconds, "435"));
}

/// Everything is processing until all has ended.
json show_counts(const batch &b, const batch_phase &phase) {
    const std::int64_t total = b.special.at("total");
    const auto faults = faults_of(b);
    json counts{{"processing", 0}, {"succeeded", 0}, {"errored", 0}, {"canceled", 0}, {"expired", 0}};
    if (!phase.terminal || b.reads < faults.counts_late) {
        counts["processing"] = total;
    } else if (!b.results.errors.empty()) {
        counts["errored"] = total;
    } else {
        counts["succeeded"] = std::max<std::int64_t>(0, b.results.completed + faults.counts_off);
        counts["errored"] = b.results.failed - b.results.unrun;
        counts[b.cancelled != 0 ? "canceled" : "expired"] = b.results.unrun;
    }
    if (!faults.odd_counts.empty())
        make_counts_odd(faults.odd_counts, counts);
    return counts;
}

void show_absent(json &shown, const std::string &style) {
    if (!shown["results_url"].is_null() || style == "null")
        return;
    if (style == "blank")
        shown["results_url"] = "";
    else
        shown.erase("results_url");
}

std::size_t place_of(const std::vector<const batch *> &all, const std::string &id) {
    const auto at = std::find_if(all.begin(), all.end(), [&](const batch *b) { return b->id == id; });
    if (at == all.end())
        throw api_error{404, "Batch not found: " + id};
    return static_cast<std::size_t>(at - all.begin());
}

} // namespace

bool is_archived(const batch &b, std::int64_t now) {
    return now >= b.created + results_lifetime;
}

json show_anthropic_batch(const batch &b, std::int64_t now, const std::string &origin) {
    const batch_phase phase = phase_at(b, now);
    const auto ended = std::max({phase.completed_at, phase.failed_at, phase.expired_at, phase.cancelled_at});
    const bool archived = is_archived(b, now);
    const bool readable = names_results(phase, b) && !archived;
    const char *status = phase.terminal ? "ended" : b.cancelled != 0 ? "canceling" : "in_progress";
    json shown = {{"id", b.id},
                  {"type", "message_batch"},
                  {"processing_status", status},
                  {"request_counts", show_counts(b, phase)},
                  {"created_at", date_or_null(b.created)},
                  {"expires_at", date_or_null(b.created + day)},
                  {"ended_at", date_or_null(phase.terminal ? ended : 0)},
                  {"cancel_initiated_at", date_or_null(b.cancelled)},
                  {"archived_at", date_or_null(archived ? b.created + results_lifetime : 0)},
                  {"results_url", readable ? json(origin + "/v1/messages/batches/" + b.id + "/results") : json()}};
    const auto faults = faults_of(b);
    if (!faults.status_word.empty() && shown["processing_status"] == json("in_progress"))
        shown["processing_status"] = faults.status_word;
    if (faults.extra_fields)
        shown["x_unheard_of"] = {{"deep", {1, 2, 3}}};
    show_absent(shown, faults.empty_ids);
    return shown;
}

const batch &anthropic_api::existing_batch(const std::string &id) const {
    const batch *found = engine_.find(id, wire::anthropic);
    if (found == nullptr)
        throw api_error{404, "Batch not found: " + id};
    return *found;
}

json anthropic_api::get(const std::string &id, const std::string &origin) {
    const batch b = existing_batch(id);
    json shown = show_anthropic_batch(b, engine_.now(), origin);
    engine_.count_read(b);
    return shown;
}

json anthropic_api::list(const server_request &request) const {
    constexpr std::int64_t fallback = 20;
    constexpr std::int64_t most = 1000;
    const auto limit = integer_parameter(request, "limit", fallback);
    if (!limit || *limit < 1 || *limit > most)
        throw api_error{400, "limit: Input should be between 1 and 1000"};
    const auto after = request.parameter("after_id");
    const auto before = request.parameter("before_id");
    if (after && before)
        throw api_error{400, "only one of after_id and before_id can be given"};
    const auto all = engine_.listed(dialect::anthropic);
    const auto size = static_cast<std::size_t>(*limit);
    std::size_t begin = after ? place_of(all, *after) + 1 : 0;
    std::size_t end = std::min(all.size(), begin + size);
    bool more = end < all.size();
    if (before) {
        end = place_of(all, *before);
        begin = end - std::min(end, size);
        more = begin > 0;
    }
    json data = json::array();
    for (auto i = begin; i < end; ++i)
        data.push_back(show_anthropic_batch(*all[i], engine_.now(), origin_of(request)));
    json first = data.empty() ? json() : data.front()["id"];
    json last = data.empty() ? json() : data.back()["id"];
    return {{"data", std::move(data)}, {"has_more", more}, {"first_id", first}, {"last_id", last}};
}

server_response anthropic_api::results(const std::string &id) {
    const batch &b = existing_batch(id);
    if (!phase_at(b, engine_.now()).terminal)
        throw api_error{400, "Batch " + id + " has not ended: its results are not available yet."};
    if (is_archived(b, engine_.now()) || !b.results.has_output)
        throw api_error{404, "The results of batch " + id + " are not available."};
    engine_.state().count_download();
    server_response response;
    response.content_type = "application/x-jsonl";
    response.file = engine_.state().paths_of(b).output;
    return response;
}

json anthropic_api::cancel(const std::string &id, const std::string &origin) {
    const batch &known = existing_batch(id);
    if (phase_at(known, engine_.now()).terminal)
        throw api_error{400, "Batch " + id + " has ended and cannot be canceled."};
    engine_.cancel(known);
    return show_anthropic_batch(existing_batch(id), engine_.now(), origin);
}

json anthropic_api::remove(const std::string &id) {
    const batch &known = existing_batch(id);
    if (!phase_at(known, engine_.now()).terminal)
        throw api_error{400, "Batch " + id + " has not ended: cancel it before it is deleted."};
    engine_.remove(known);
    return {{"id", id}, {"type", "message_batch_deleted"}};
}

} // namespace smelt::sim
