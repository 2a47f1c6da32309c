#include "api.hpp"
#include "simulator/disk.hpp"
#include "simulator/engine/limits.hpp"
#include "simulator/http/paging.hpp"
#include "simulator/http/upload_form.hpp"
#include "simulator/requests/json_scan.hpp"

#include "smelt/base/hash.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace smelt::sim {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using http::server_request;
using http::server_response;

namespace {

constexpr std::int64_t batch_file_lifetime = 2'592'000; // 30 days

bool first_line_is_json(const fs::path &path) {
    constexpr std::size_t longest = 16 * 1024 * 1024;
    const file_handle file = open_file(path, "rb");
    std::string line;
    for (int c = std::getc(file.get()); c != EOF && c != '\n' && line.size() < longest; c = std::getc(file.get()))
        line.push_back(static_cast<char>(c));
    json_scan scan{line};
    std::string_view value;
    return scan.value(value) && scan.at_end();
}

std::int64_t expiry_of(const upload_form &form, std::int64_t created) {
    const auto seconds = form.fields.find("expires_after[seconds]");
    if (seconds == form.fields.end())
        return form.fields.at("purpose") == "batch" ? created + batch_file_lifetime : 0;
    std::int64_t value = 0;
    const char *end = seconds->second.data() + seconds->second.size();
    const auto read = std::from_chars(seconds->second.data(), end, value);
    if (read.ptr != end || value < 3600 || value > batch_file_lifetime)
        throw api_error{400, "Invalid value: 'expires_after[seconds]' must be 3600 to 2592000.", "expires_after",
                        "invalid_value"};
    return created + value;
}

} // namespace

asio::awaitable<server_response> openai_api::upload(server_request &request, dialect spoken) {
    file_record file;
    file.id = "file-" + random_nonce();
    file.spoken = spoken;
    part_file part{engine_.state().content_path(file.id)};
    upload_form form{part.path()};
    try {
        co_await form.receive(request, most_bytes(engine_.settings(), spoken));
    } catch (const multipart_error &e) {
        throw api_error{400, e.what()};
    }
    if (!form.fields.contains("purpose"))
        throw api_error{400, "Missing required parameter: 'purpose'.", "purpose", "missing_required_parameter"};
    if (!form.has_file)
        throw api_error{400, "Missing required parameter: 'file'.", "file", "missing_required_parameter"};
    // docs/protocols.md, Azure.
    if (spoken == dialect::azure && form.content_type.empty())
        throw api_error{400, "The file part of the form has no content type.", "file", "invalidPayload"};
    file.filename = form.filename;
    file.purpose = form.fields["purpose"];
    file.bytes = form.bytes;
    file.created = engine_.now() / 1000;
    file.expires = expiry_of(form, file.created);
    file = accept_upload(std::move(file), part.path());
    part.take();
    engine_.state().take_upload(file);
    co_return json_response(200, show(file));
}

file_record openai_api::accept_upload(file_record file, const fs::path &content) const {
    static const std::set<std::string> purposes{"assistants", "batch", "fine-tune", "vision", "user_data", "evals"};
    if (!purposes.contains(file.purpose) && file.purpose != input_purpose(file.spoken))
        throw api_error{400, "Invalid value: '" + file.purpose + "'.", "purpose", "invalid_value"};
    if (file.purpose != input_purpose(file.spoken))
        return file;
    if (!file.filename.ends_with(".jsonl"))
        throw api_error{400, "Invalid file format for Batch API. Must be .jsonl"};
    if (file.bytes == 0 || !first_line_is_json(content))
        throw api_error{400, "Invalid file format. The file is empty or its first line is not JSON; expected .jsonl"};
    return file;
}

file_record openai_api::existing_file(const std::string &id) const {
    auto file = engine_.find_file(id, wire::openai);
    if (!file)
        throw api_error{404, "No such File object: " + id, "id"};
    return std::move(*file);
}

server_response openai_api::content(const std::string &id) {
    return engine_.deliver(existing_file(id).id);
}

json openai_api::delete_file(const std::string &id) {
    const file_record file = existing_file(id);
    engine_.state().delete_file(file.id);
    return {{"id", file.id}, {"object", "file"}, {"deleted", true}};
}

json openai_api::list_files(const server_request &request) const {
    auto all = engine_.files(wire::openai);
    if (const auto purpose = request.parameter("purpose"))
        std::erase_if(all, [&](const file_record &file) { return file.purpose != *purpose; });
    if (request.parameter("order") == "asc")
        std::reverse(all.begin(), all.end());
    const auto range =
        page_of(all, read_page(request, 10'000, 10'000), [](const file_record &file) { return file.id; });
    json data = json::array();
    for (auto i = range.begin; i < range.end; ++i)
        data.push_back(show(all[i]));
    return list_envelope(std::move(data), range.end < all.size());
}

} // namespace smelt::sim
