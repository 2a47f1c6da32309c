#include "disk.hpp"
#include "json_scan.hpp"
#include "multipart.hpp"
#include "paging.hpp"
#include "service.hpp"

#include "smelt/core/hash.hpp"

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

/// The form of an upload: small fields in memory, the file on its way to the disk.
struct upload_form {
    explicit upload_form(const fs::path &path) : content{open_file(path, "wb")} {}

    void begin(const part_head &head) {
        current = head;
        if (head.is_file) {
            filename = head.filename;
            content_type = head.content_type;
        } else {
            fields[head.name].clear();
        }
        has_file = has_file || (head.is_file && head.name == "file");
    }
    void data(std::string_view piece) {
        constexpr std::size_t field_limit = 4096;
        if (current.is_file) {
            write_all(content.get(), piece);
            bytes += static_cast<std::int64_t>(piece.size());
        } else if (fields[current.name].size() + piece.size() <= field_limit) {
            fields[current.name] += piece;
        }
    }

    file_handle content;
    part_head current;
    std::map<std::string, std::string> fields;
    std::string filename;
    std::string content_type;
    bool has_file = false;
    std::int64_t bytes = 0;
};

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

asio::awaitable<server_response> service::upload(server_request &request, dialect spoken) {
    file_record file;
    file.id = "file-" + random_nonce();
    const fs::path part = store_.content_path(file.id).string() + ".part";
    upload_form form{part};
    try {
        multipart_reader reader{request.header("content-type"), [&](const part_head &head) { form.begin(head); },
                                [&](std::string_view piece) { form.data(piece); }};
        for (;;) {
            const std::string_view piece = co_await request.body->next();
            if (piece.empty())
                break;
            reader.feed(piece);
            if (form.bytes > settings_.bytes_per_file)
                throw api_error{
                    413, "File is too large: the limit is " + std::to_string(settings_.bytes_per_file) + " bytes.",
                    "file"};
        }
        reader.finish();
        form.content.reset();
        if (!form.fields.contains("purpose"))
            throw api_error{400, "Missing required parameter: 'purpose'.", "purpose", "missing_required_parameter"};
        if (!form.has_file)
            throw api_error{400, "Missing required parameter: 'file'.", "file", "missing_required_parameter"};
        // Providers reference, section 2.
        if (spoken == dialect::azure && form.content_type.empty())
            throw api_error{400, "The file part of the form has no content type.", "file", "invalidPayload"};
        file.filename = form.filename;
        file.purpose = form.fields["purpose"];
        file.bytes = form.bytes;
        file.created = now_() / 1000;
        file.expires = expiry_of(form, file.created);
        file = accept_upload(std::move(file), part, spoken);
    } catch (const multipart_error &e) {
        fs::remove(part);
        throw api_error{400, e.what()};
    } catch (...) {
        fs::remove(part);
        throw;
    }
    fs::rename(part, store_.content_path(file.id));
    file.sequence = store_.next_sequence();
    ++store_.counts.files_uploaded;
    store_.save_counts();
    store_.add_file(file);
    server_response response{200, show(file).dump(-1, ' ', false, json::error_handler_t::replace)};
    co_return response;
}

file_record service::accept_upload(file_record file, const fs::path &content, dialect spoken) const {
    static const std::set<std::string> purposes{"assistants", "batch", "fine-tune", "vision", "user_data", "evals"};
    if (!purposes.contains(file.purpose) && file.purpose != input_purpose(spoken))
        throw api_error{400, "Invalid value: '" + file.purpose + "'.", "purpose", "invalid_value"};
    if (file.purpose != input_purpose(spoken))
        return file;
    if (!file.filename.ends_with(".jsonl"))
        throw api_error{400, "Invalid file format for Batch API. Must be .jsonl"};
    if (file.bytes == 0 || !first_line_is_json(content))
        throw api_error{400, "Invalid file format. The file is empty or its first line is not JSON; expected .jsonl"};
    return file;
}

file_record service::existing_file(const std::string &id) const {
    auto file = store_.find_file(id, now_());
    if (!file)
        throw api_error{404, "No such File object: " + id, "id"};
    return std::move(*file);
}

server_response service::content(const std::string &id) {
    const file_record file = existing_file(id);
    ++store_.counts.downloads;
    store_.save_counts();
    server_response response;
    response.content_type = "application/octet-stream";
    response.file = store_.content_path(file.id);
    return response;
}

json service::remove_file(const std::string &id) {
    const file_record file = existing_file(id);
    store_.remove_file(file.id);
    ++store_.counts.files_deleted;
    store_.save_counts();
    return {{"id", file.id}, {"object", "file"}, {"deleted", true}};
}

json service::list_files(const server_request &request) const {
    auto all = store_.files(now_());
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
