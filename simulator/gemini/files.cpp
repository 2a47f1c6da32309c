#include "api.hpp"

#include "smelt/base/hash.hpp"

namespace smelt::sim {

std::string gemini_id() {
    constexpr std::size_t length = 12;
    return random_nonce().substr(0, length);
}

using http::server_request;
using http::server_response;

json show_gemini_file(const file_record &file, const std::string &origin) {
    const bool made = file.purpose == "batch_output";
    const std::string created = rfc3339(file.created * 1000, "650525");
    json shown = {{"name", "files/" + file.id},
                  {"mimeType", made ? "application/jsonl" : file.mime},
                  {"sizeBytes", std::to_string(file.bytes)},
                  {"createTime", created},
                  {"updateTime", created},
                  {"expirationTime", rfc3339(file.expires * 1000, "650525")},
                  {"uri", origin + "/v1beta/files/" + file.id},
                  {"state", "ACTIVE"},
                  {"source", made ? "GENERATED" : "UPLOADED"}};
    if (made)
        shown["downloadUri"] = origin + "/download/v1beta/files/" + file.id + ":download?alt=media";
    else if (!file.filename.empty())
        shown["displayName"] = file.filename;
    return shown;
}

file_record gemini_api::existing_file(const std::string &id) const {
    auto file = engine_.find_file(id, wire::gemini);
    if (!file)
        throw api_error{404, "File files/" + id + " not found."};
    return std::move(*file);
}

server_response gemini_api::content(const std::string &id) {
    return engine_.deliver(existing_file(id).id);
}

json gemini_api::delete_file(const std::string &id) {
    const file_record file = existing_file(id);
    engine_.state().delete_file(file.id);
    return json::object();
}

json gemini_api::list_files(const server_request &request) const {
    constexpr std::int64_t fallback = 10;
    constexpr std::int64_t most = 100;
    const auto all = engine_.files(wire::gemini);
    std::vector<std::string> ids;
    ids.reserve(all.size());
    for (const auto &file : all)
        ids.push_back(file.id);
    const auto page = read_gemini_page(request, ids, fallback, most);
    json out = json::object(); // a page without files is an empty object
    std::size_t i = page.begin;
    for (; i < all.size() && i < page.begin + page.size; ++i)
        out["files"].push_back(show_gemini_file(all[i], origin_of(request)));
    if (i < all.size())
        out["nextPageToken"] = all[i - 1].id;
    return out;
}

} // namespace smelt::sim
