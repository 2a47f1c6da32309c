#include "openai.hpp"
#include "openai_objects.hpp"

#include "smelt/core/error.hpp"
#include "smelt/core/text.hpp"
#include "smelt/http/retry.hpp"
#include "smelt/http/url.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace smelt::provider {
namespace {

constexpr std::size_t most_per_page = 100;
constexpr std::size_t files_per_page = 1000; // below the service's 10,000, so that a page stays below 1 MB
constexpr std::chrono::minutes clock_slack{10};

// About ten minutes in all.
constexpr std::chrono::milliseconds first_pause{200};
constexpr std::chrono::milliseconds longest_pause{10'000};
constexpr int most_looks = 60;

bool is_success(const http::response &answer) {
    return answer.status >= 200 && answer.status < 300;
}

/// An empty id would turn "this file" into "all files", and dots are path steps even when nothing needs encoding.
std::string segment(const std::string &remote_id) {
    if (remote_id.empty() || remote_id == "." || remote_id == "..")
        throw usage_error{"'" + remote_id + "' is not an id of a batch or a file"};
    return http::percent_encode(remote_id);
}

} // namespace

openai::openai(const config::provider_spec &spec, std::string api_key, http::client &client)
    : base_{spec.base_url}, api_key_{std::move(api_key)}, quirks_{spec.quirks}, client_{client} {
    while (base_.ends_with('/'))
        base_.pop_back();
    const auto base = http::parse_url(base_);
    if (base.target.find('?') != std::string::npos)
        throw usage_error{"provider.base_url must not hold a query (?...)"};
    host_ = base.authority();
    const bool bearer = lower_ascii(quirks_.key_header) == "authorization";
    if (!api_key_.empty())
        identity_.emplace_back(quirks_.key_header, bearer ? "Bearer " + api_key_ : api_key_);
    for (const auto &[name, value] : quirks_.headers)
        identity_.emplace_back(name, value);
    if (!spec.organization.empty())
        identity_.emplace_back("OpenAI-Organization", spec.organization);
    if (!spec.project.empty())
        identity_.emplace_back("OpenAI-Project", spec.project);
    can_.find_by = quirks_.metadata ? lookup::metadata : lookup::input_file;
    can_.max_requests = spec.max_requests;
    can_.max_bytes = spec.max_bytes;
}

http::request openai::request_for(std::string method, const std::string &path) const {
    http::request r;
    r.method = std::move(method);
    r.url = base_ + path;
    if (!quirks_.query.empty())
        r.url += (path.find('?') == std::string::npos ? "?" : "&") + quirks_.query;
    r.fields = identity_;
    return r;
}

void openai::refuse(const std::string &what, const http::response &answer) const {
    const auto error = parse_api_error(answer.body);
    auto message = host_ + ": " + what + ": HTTP " + std::to_string(answer.status);
    if (error)
        message += (error->code.empty() ? "" : " " + error->code) + ": " + error->message;
    throw provider_error{answer.status, error ? error->code : std::string{}, redact(message, api_key_)};
}

void openai::unreadable(const std::string &what, const http::response &answer) const {
    throw provider_error{answer.status, "unreadable",
                         host_ + ": " + what + ": the answer is not what the API promises"};
}

awaitable<std::string> openai::upload(const std::filesystem::path &spool, const std::string &filename) {
    const std::string what = "upload " + filename;
    auto request = request_for("POST", "/files");
    http::form_part purpose;
    purpose.name = "purpose";
    purpose.value = quirks_.upload_purpose;
    http::form_part file;
    file.name = "file";
    file.file = spool;
    file.filename = filename.ends_with(".jsonl") ? filename : filename + ".jsonl"; // other endings are refused
    file.content_type = quirks_.upload_type;
    request.form.push_back(std::move(purpose));
    request.form.push_back(std::move(file));
    // A second copy of a file costs nothing and expires by itself, so an upload may be repeated.
    const auto answer = co_await client_.send(request);
    if (!is_success(answer))
        refuse(what, answer);
    const auto object = parse_body(answer.body);
    auto id = text_of(object, "id");
    if (id.empty())
        unreadable(what, answer);
    if (quirks_.wait_for_upload)
        co_await wait_until_processed(id, text_of(object, "status"));
    co_return id;
}

/// A batch of a file that is still being looked at fails (reference, Azure: "track file upload status").
awaitable<void> openai::wait_until_processed(const std::string &file_id, std::string status) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer{executor};
    auto pause = first_pause;
    for (int tries = 0; !status.empty() && status != "processed"; ++tries) {
        if (status == "error" || status == "failed" || tries == most_looks)
            throw provider_error{0, "upload",
                                 host_ + ": the uploaded file " + file_id + " is '" + status +
                                     "' and no batch can be made of it"};
        timer.expires_after(pause);
        co_await timer.async_wait(boost::asio::use_awaitable);
        pause = std::min(pause * 2, longest_pause);
        const auto request = request_for("GET", "/files/" + segment(file_id));
        const auto answer = co_await client_.send(request);
        if (!is_success(answer))
            refuse("read file " + file_id, answer);
        status = text_of(parse_body(answer.body), "status");
    }
}

awaitable<remote_batch> openai::get(const std::string &remote_id) {
    const auto request = request_for("GET", "/batches/" + segment(remote_id));
    const auto answer = co_await client_.send(request);
    if (!is_success(answer))
        refuse("read batch " + remote_id, answer);
    auto batch = parse_batch(parse_body(answer.body), quirks_.states);
    if (!batch)
        unreadable("read batch " + remote_id, answer);
    co_return std::move(*batch);
}

awaitable<listing> openai::list(const std::string &cursor) {
    const auto page_size = quirks_.pages ? most_per_page : 0;
    std::string path = "/batches";
    if (quirks_.pages)
        path += "?limit=" + std::to_string(page_size);
    if (!cursor.empty())
        path += "&after=" + http::percent_encode(cursor);
    const auto request = request_for("GET", path);
    const auto answer = co_await client_.send(request);
    if (!is_success(answer))
        refuse("list batches", answer);
    auto page = parse_listing(answer.body, cursor, page_size, quirks_.states);
    if (!page)
        unreadable("list batches", answer);
    page->now = http::parse_http_date(answer.header("date"));
    co_return std::move(*page);
}

awaitable<remote_batch> openai::cancel(const std::string &remote_id) {
    const auto what = "cancel batch " + remote_id;
    const auto request = request_for("POST", "/batches/" + segment(remote_id) + "/cancel");
    const auto answer = co_await client_.send(request);
    // 409 says that it has ended already; copies of the service say 400. What is true is what a read shows.
    const bool maybe_ended = answer.status == 409 || answer.status == 400;
    if (!is_success(answer) && !maybe_ended)
        refuse(what, answer);
    if (is_success(answer))
        if (auto batch = parse_batch(parse_body(answer.body), quirks_.states))
            co_return std::move(*batch);
    auto now = co_await get(remote_id);
    if (answer.status == 400 && !is_terminal(now.state))
        refuse(what, answer);
    co_return now;
}

awaitable<void> openai::fetch(const std::string &file_id, const http::body_sink &sink) {
    const auto request = request_for("GET", "/files/" + segment(file_id) + "/content");
    const auto answer = co_await client_.download(request, sink);
    if (!is_success(answer))
        refuse("download file " + file_id, answer);
}

awaitable<std::map<std::string, std::string>> openai::find_files(const std::set<std::string> &names,
                                                                 std::chrono::milliseconds age) {
    std::map<std::string, std::string> found;
    const auto oldest = std::chrono::system_clock::now() - age - clock_slack;
    std::string cursor;
    do {
        auto path = "/files?purpose=" + http::percent_encode(quirks_.upload_purpose) +
                    "&order=desc&limit=" + std::to_string(files_per_page);
        if (!cursor.empty())
            path += "&after=" + http::percent_encode(cursor);
        const auto request = request_for("GET", path);
        const auto answer = co_await client_.send(request);
        if (!is_success(answer))
            refuse("list files", answer);
        const auto page = parse_files(answer.body, cursor, files_per_page);
        if (!page)
            unreadable("list files", answer);
        bool reached = true;
        for (const auto &file : page->files) {
            reached = reached && file.created < oldest && file.created != std::chrono::system_clock::time_point{};
            if (names.contains(file.name))
                found.emplace(file.name, file.id);
        }
        cursor = reached ? std::string{} : page->next;
    } while (!cursor.empty());
    co_return found;
}

awaitable<void> openai::remove_file(const std::string &file_id) {
    const auto request = request_for("DELETE", "/files/" + segment(file_id));
    const auto answer = co_await client_.send(request);
    if (!is_success(answer) && answer.status != 404)
        refuse("delete file " + file_id, answer);
}

} // namespace smelt::provider
