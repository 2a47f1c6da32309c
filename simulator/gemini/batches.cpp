#include "api.hpp"
#include "simulator/engine/inline_results.hpp"

namespace smelt::sim {

using http::server_request;
using http::server_response;

const batch &gemini_api::existing_batch(const std::string &id) const {
    const batch *found = engine_.find(id, wire::gemini);
    if (found == nullptr)
        throw api_error{404, "Batch batches/" + id + " not found."};
    return *found;
}

server_response gemini_api::get(const std::string &id) {
    const batch b = existing_batch(id);
    const std::int64_t now = engine_.now();
    engine_.count_read(b);
    const bool comes_inline = b.input_file.empty() && b.results.has_output && phase_at(b, now).terminal;
    if (!comes_inline)
        return json_response(200, show_gemini_batch(b, now, nullptr));
    const std::vector<std::filesystem::path> files{engine_.state().paths_of(b).output};
    const inline_results results{files};
    return {200, results.text_of(show_gemini_batch(b, now, results.placeholder()))};
}

json gemini_api::list(const server_request &request) const {
    constexpr std::int64_t fallback = 50;
    constexpr std::int64_t most = 1000;
    const auto all = engine_.listed(dialect::gemini);
    std::vector<std::string> ids;
    ids.reserve(all.size());
    for (const batch *b : all)
        ids.push_back(b->id);
    const auto page = read_gemini_page(request, ids, fallback, most);
    json out = json::object(); // a page without batches is an empty object
    std::size_t i = page.begin;
    for (; i < all.size() && i < page.begin + page.size; ++i)
        out["operations"].push_back(show_gemini_batch(*all[i], engine_.now(), nullptr));
    if (i < all.size())
        out["nextPageToken"] = all[i - 1]->id;
    return out;
}

json gemini_api::cancel(const std::string &id) {
    const batch &known = existing_batch(id);
    if (phase_at(known, engine_.now()).terminal)
        throw api_error{400, "Batch batches/" + id + " has ended and cannot be cancelled.", "", "FAILED_PRECONDITION"};
    engine_.cancel(known);
    return json::object();
}

json gemini_api::remove(const std::string &id) {
    engine_.remove(existing_batch(id));
    return json::object();
}

} // namespace smelt::sim
