#include "api.hpp"
#include "simulator/disk.hpp"
#include "simulator/engine/limits.hpp"

#include "smelt/base/hash.hpp"
#include "smelt/base/text.hpp"

#include <charconv>

namespace smelt::sim {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using http::server_request;
using http::server_response;

namespace {

constexpr std::int64_t lifetime = 48 * 3600;

/// A member of the first step's body, in either spelling; empty when it is not there.
std::string text_in(const json &file, const char *camel, const char *snake) {
    for (const char *name : {camel, snake})
        if (file.is_object() && file.contains(name) && file.at(name).is_string())
            return file.at(name).get<std::string>();
    return {};
}

std::int64_t number_in(const server_request &request, std::string_view header, std::int64_t fallback) {
    const auto text = request.header(header);
    if (text.empty())
        return fallback;
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || value < 0)
        throw api_error{400, "Invalid header " + std::string{header} + "."};
    return value;
}

fs::path part_of(const store &state, const std::string &id) {
    return state.content_path(id).string() + ".part";
}

} // namespace

asio::awaitable<server_response> gemini_api::begin_upload(server_request &request) {
    constexpr std::size_t body_limit = 64 * 1024;
    if (lower_ascii(request.header("x-goog-upload-protocol")) != "resumable" ||
        lower_ascii(request.header("x-goog-upload-command")) != "start")
        throw api_error{400, "The simulator takes resumable uploads only: X-Goog-Upload-Protocol: resumable, "
                             "X-Goog-Upload-Command: start."};
    const std::string text = co_await request.read_all(body_limit);
    const json body = text.empty() ? json::object() : json::parse(text, nullptr, false);
    if (!body.is_object())
        throw api_error{400, "Invalid JSON payload received."};
    pending_upload upload;
    upload.promised = number_in(request, "x-goog-upload-header-content-length", -1);
    if (upload.promised > most_bytes(engine_.settings(), dialect::gemini))
        throw api_error{400, "The file is too large."};
    const json file = body.value("file", json::object());
    upload.file.id = gemini_id();
    upload.file.spoken = dialect::gemini;
    upload.file.filename = text_in(file, "displayName", "display_name");
    upload.file.mime = text_in(file, "mimeType", "mime_type");
    if (upload.file.mime.empty())
        upload.file.mime = request.header("x-goog-upload-header-content-type");
    if (upload.file.mime.empty())
        throw api_error{400, "Unknown mime type: Could not determine the mimetype of your file."};
    const std::string id = random_nonce();
    open_file(part_of(engine_.state(), upload.file.id), "wb");
    uploads_[id] = upload;
    server_response response{200, "{}"};
    response.fields.emplace_back("x-goog-upload-status", "active");
    response.fields.emplace_back("x-goog-upload-url", origin_of(request) + "/upload/v1beta/files?upload_id=" + id +
                                                          "&upload_protocol=resumable");
    co_return response;
}

asio::awaitable<server_response> gemini_api::continue_upload(server_request &request, const std::string &upload_id) {
    const auto known = uploads_.find(upload_id);
    if (known == uploads_.end())
        throw api_error{404, "Upload not found."};
    const std::string command = lower_ascii(request.header("x-goog-upload-command"));
    const bool last = command == "upload, finalize" || command == "upload,finalize";
    if (!last && command != "upload")
        throw api_error{400, "Invalid X-Goog-Upload-Command."};
    if (number_in(request, "x-goog-upload-offset", -1) != known->second.received)
        throw api_error{400, "Invalid X-Goog-Upload-Offset."};
    // Taken out while its bytes come: an upload that breaks off is lost.
    pending_upload upload = known->second;
    uploads_.erase(known);
    const file_handle out = open_file(part_of(engine_.state(), upload.file.id), "ab");
    for (;;) {
        const std::string_view piece = co_await request.body->next();
        if (piece.empty())
            break;
        write_all(out.get(), piece);
        upload.received += static_cast<std::int64_t>(piece.size());
        if (upload.received > most_bytes(engine_.settings(), dialect::gemini))
            throw api_error{400, "The file is too large."};
    }
    std::fflush(out.get());
    server_response response{200, "{}"};
    if (last) {
        response = finish_upload(std::move(upload), origin_of(request));
    } else {
        uploads_[upload_id] = upload;
        response.fields.emplace_back("x-goog-upload-status", "active");
    }
    co_return response;
}

server_response gemini_api::finish_upload(pending_upload upload, const std::string &origin) {
    const fs::path part = part_of(engine_.state(), upload.file.id);
    if (upload.promised >= 0 && upload.promised != upload.received) {
        fs::remove(part);
        throw api_error{400, "The upload has " + std::to_string(upload.received) + " bytes, not the " +
                                 std::to_string(upload.promised) + " that were announced."};
    }
    file_record &file = upload.file;
    file.purpose = "batch";
    file.bytes = upload.received;
    file.created = engine_.now() / 1000;
    file.expires = file.created + lifetime;
    fs::rename(part, engine_.state().content_path(file.id));
    engine_.state().take_upload(file);
    server_response response = json_response(200, {{"file", show_gemini_file(file, origin)}});
    response.fields.emplace_back("x-goog-upload-status", "final");
    return response;
}

} // namespace smelt::sim
