#include "files_api.hpp"

#include "smelt/provider/clock_slack.hpp"

namespace smelt::provider {
namespace {} // namespace

awaitable<json> upload_file(const remote_service &service, const std::filesystem::path &spool,
                            const std::string &filename, const upload_form &form) {
    const std::string what = "upload " + filename;
    auto request = service.request_for("POST", "/files");
    http::form_part purpose;
    purpose.name = "purpose";
    purpose.value = form.purpose;
    http::form_part file;
    file.name = "file";
    file.file = spool;
    file.filename = filename.ends_with(".jsonl") ? filename : filename + ".jsonl"; // other endings are refused
    file.content_type = form.content_type;
    request.form.push_back(std::move(purpose));
    request.form.push_back(std::move(file));
    // A second copy of a file costs nothing and expires by itself, so an upload may be repeated.
    const auto answer = co_await service.call(request, what);
    auto object = parse_body(answer.body);
    if (text_of(object, "id").empty())
        service.unreadable(what, answer);
    co_return object;
}

awaitable<void> download_file(const remote_service &service, const std::string &file_id, const http::body_sink &sink) {
    const auto request = service.request_for("GET", "/files/" + path_step(file_id) + "/content");
    const auto what = "download file " + file_id;
    co_await service.download(request, what, sink);
}

awaitable<void> remove_at(const remote_service &service, const std::string &path, const std::string &what) {
    const auto request = service.request_for("DELETE", path);
    const auto answer = co_await service.send(request);
    if (!is_success(answer) && answer.status != 404)
        service.refuse(what, answer);
}

std::chrono::system_clock::time_point oldest_wanted(const http::response &answer, std::chrono::milliseconds age) {
    return answer.date().value_or(std::chrono::system_clock::now()) - age - clock_slack;
}

bool is_older(std::chrono::system_clock::time_point created, std::chrono::system_clock::time_point oldest) {
    return created < oldest && created != std::chrono::system_clock::time_point{};
}

} // namespace smelt::provider
