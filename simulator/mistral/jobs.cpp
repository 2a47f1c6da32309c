#include "api.hpp"
#include "simulator/engine/inline_results.hpp"

#include "smelt/base/time.hpp"

#include <algorithm>

namespace smelt::sim {

using http::server_request;
using http::server_response;

namespace {

bool is_true(const std::optional<std::string> &text) {
    return text == "true" || text == "True" || text == "1";
}

/// A test of jobs from the query: some of the filters of docs/protocols.md, Mistral listing.
bool passes(const json &job, const server_request &request) {
    for (const char *name : {"model", "agent_id"})
        if (const auto wanted = request.parameter(name); wanted && job[name] != json(*wanted))
            return false;
    if (const auto after = request.parameter("created_after")) {
        const auto moment = parse_rfc3339(*after);
        if (!moment)
            throw api_error{422, "Input should be a valid datetime", "query.created_after", "datetime_parsing"};
        if (job["created_at"].get<std::int64_t>() <= std::chrono::system_clock::to_time_t(*moment))
            return false;
    }
    bool asked = false;
    bool found = false;
    for (const auto &[name, value] : request.query)
        if (name == "status") {
            asked = true;
            found = found || job["status"] == json(value);
        }
    return !asked || found;
}

} // namespace

const batch &mistral_api::existing_job(const std::string &id) const {
    const batch *found = engine_.find(id, wire::mistral);
    if (found == nullptr)
        throw api_error{404, "Batch job '" + id + "' not found."};
    return *found;
}

server_response mistral_api::get(const server_request &request, const std::string &id) {
    const batch b = existing_job(id);
    json shown = show_mistral_job(b, engine_.now());
    engine_.count_read(b);
    if (!is_true(request.parameter("inline")) || !phase_at(b, engine_.now()).terminal)
        return json_response(200, shown);
    const auto paths = engine_.state().paths_of(b);
    std::vector<std::filesystem::path> files;
    if (b.results.has_output)
        files.push_back(paths.output);
    if (b.results.has_errors)
        files.push_back(paths.errors);
    const inline_results results{std::move(files)};
    shown["outputs"] = results.placeholder();
    return {200, results.text_of(shown)};
}

json mistral_api::list(const server_request &request) const {
    constexpr std::int64_t fallback = 100;
    const auto [page, size] = read_mistral_page(request, fallback);
    const std::string order = request.parameter("order_by").value_or("-created");
    if (order != "created" && order != "-created")
        throw api_error{422, "Input should be 'created' or '-created'", "query.order_by", "enum"};
    auto jobs = engine_.listed(dialect::mistral);
    if (order == "created")
        std::reverse(jobs.begin(), jobs.end());
    json data = json::array();
    std::int64_t total = 0;
    for (const batch *b : jobs) {
        json job = show_mistral_job(*b, engine_.now());
        if (!passes(job, request))
            continue;
        if (total / size == page)
            data.push_back(std::move(job));
        ++total;
    }
    return {{"object", "list"}, {"data", std::move(data)}, {"total", total}};
}

json mistral_api::cancel(const std::string &id) {
    const batch &known = existing_job(id);
    const auto phase = phase_at(known, engine_.now());
    if (phase.terminal)
        throw api_error{409, "A job with status " + mistral_status(phase) + " cannot be cancelled."};
    engine_.cancel(known);
    return show_mistral_job(existing_job(id), engine_.now());
}

json mistral_api::remove(const std::string &id) {
    const batch &known = existing_job(id);
    if (!phase_at(known, engine_.now()).terminal)
        throw api_error{409, "A job that has not ended cannot be deleted."};
    engine_.remove(known);
    return {{"id", id}, {"object", "batch"}, {"deleted", true}};
}

} // namespace smelt::sim
