#include "api.hpp"
#include "simulator/engine/limits.hpp"
#include "simulator/http/upload_form.hpp"

#include <algorithm>
#include <set>

namespace smelt::sim {

namespace asio = boost::asio;
using http::server_request;
using http::server_response;

json show_mistral_file(const file_record &file) {
    const bool made = file.purpose == "batch_output";
    const bool of_errors = file.filename.ends_with("_error.jsonl");
    return {{"id", file.id},
            {"object", "file"},
            {"bytes", file.bytes},
            {"created_at", file.created},
            {"filename", file.filename},
            {"purpose", made ? "batch" : file.purpose},
            {"sample_type", !made       ? "batch_request"
                            : of_errors ? "batch_error"
                                        : "batch_result"},
            {"num_lines", nullptr},
            {"mimetype", "application/jsonl"},
            {"source", made ? "mistral" : "upload"},
            {"signature", nullptr},
            {"expires_at", file.expires == 0 ? json() : json(file.expires)},
            {"visibility", "workspace"},
            {"deleted", false}};
}

asio::awaitable<server_response> mistral_api::upload(server_request &request) {
    static const std::set<std::string> purposes{"fine-tune", "batch", "ocr"};
    file_record file;
    file.id = random_uuid();
    file.spoken = dialect::mistral;
    part_file part{engine_.state().content_path(file.id)};
    upload_form form{part.path()};
    try {
        co_await form.receive(request, most_bytes(engine_.settings(), dialect::mistral));
    } catch (const multipart_error &e) {
        throw api_error{422, e.what(), "body", "value_error"};
    }
    if (!form.has_file)
        throw api_error{422, "Field required", "body.file", "missing"};
    file.purpose = form.fields.contains("purpose") ? form.fields["purpose"] : "fine-tune";
    if (!purposes.contains(file.purpose))
        throw api_error{422, "Input should be 'fine-tune', 'batch' or 'ocr'", "body.purpose", "enum"};
    if (!form.filename.ends_with(".jsonl") && file.purpose == "batch")
        throw api_error{422, "Invalid file format: expected .jsonl", "body.file", "value_error"};
    if (form.bytes == 0)
        throw api_error{422, "The file is empty.", "body.file", "value_error"};
    file.filename = form.filename;
    file.bytes = form.bytes;
    file.created = engine_.now() / 1000;
    part.take();
    engine_.state().take_upload(file);
    json shown = show_mistral_file(file);
    shown.erase("deleted"); // only a read tells
    co_return json_response(200, shown);
}

file_record mistral_api::existing_file(const std::string &id) const {
    auto file = engine_.find_file(id, wire::mistral);
    if (!file)
        throw api_error{404, "No file with id '" + id + "' exists."};
    return std::move(*file);
}

server_response mistral_api::content(const std::string &id) {
    return engine_.deliver(existing_file(id).id);
}

json mistral_api::delete_file(const std::string &id) {
    const file_record file = existing_file(id);
    engine_.state().delete_file(file.id);
    return {{"id", file.id}, {"object", "file"}, {"deleted", true}};
}

json mistral_api::list_files(const server_request &request) const {
    constexpr std::int64_t fallback = 100;
    auto all = engine_.files(wire::mistral);
    json shown = json::array();
    for (const auto &file : all)
        shown.push_back(show_mistral_file(file));
    for (const char *filter : {"purpose", "sample_type", "source"})
        if (const auto wanted = request.parameter(filter))
            shown.erase(std::remove_if(shown.begin(), shown.end(),
                                       [&](const json &file) { return file[filter] != json(*wanted); }),
                        shown.end());
    const auto [page, size] = read_mistral_page(request, fallback);
    json data = json::array();
    for (auto i = page * size; i < static_cast<std::int64_t>(shown.size()) && i < (page + 1) * size; ++i) {
        data.push_back(shown[static_cast<std::size_t>(i)]);
        data.back().erase("deleted");
    }
    return {{"data", std::move(data)}, {"object", "list"}, {"total", shown.size()}};
}

} // namespace smelt::sim
