#include "files_api.hpp"
#include "list_page.hpp"
#include "objects.hpp"
#include "openai.hpp"

#include "smelt/base/url.hpp"
#include "smelt/http/retry.hpp"
#include "smelt/provider/paging.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace smelt::provider {
namespace {

constexpr std::size_t most_per_page = 100;
constexpr std::size_t files_per_page = 1000; // below the service's 10,000, so that a page stays below 1 MB

// About ten minutes in all.
constexpr std::chrono::milliseconds first_pause{200};
constexpr std::chrono::milliseconds longest_pause{10'000};
constexpr int most_looks = 60;

} // namespace

openai::openai(const config::provider_spec &spec, const std::string &api_key, http::client &client)
    : service_{spec, api_key, client, parse_api_error},
      quirks_{spec.quirks},
      capabilities_{capabilities_of(spec, spec.quirks.metadata ? lookup::metadata : lookup::input_file)},
      reader_{[this](const json &answer) { return parse_batch(answer, quirks_.states); }} {}

awaitable<std::string> openai::upload(const std::filesystem::path &spool, const std::string &filename) {
    const upload_form form{quirks_.upload_purpose, quirks_.upload_type};
    const auto object = co_await upload_file(service_, spool, filename, form);
    auto id = text_of(object, "id");
    if (quirks_.wait_for_upload)
        co_await wait_until_processed(id, text_of(object, "status"));
    co_return id;
}

/// A batch of a file that is still being looked at fails (docs/protocols.md, Azure).
awaitable<void> openai::wait_until_processed(const std::string &file_id, std::string status) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer{executor};
    auto pause = first_pause;
    for (int tries = 0; !status.empty() && status != "processed"; ++tries) {
        if (status == "error" || status == "failed" || tries == most_looks)
            throw provider_error{{failure_kind::unclear, 0, "upload",
                                  service_.host() + ": the uploaded file " + file_id + " is '" + status +
                                      "' and no batch can be made of it",
                                  std::nullopt}};
        timer.expires_after(pause);
        co_await timer.async_wait(boost::asio::use_awaitable);
        pause = std::min(pause * 2, longest_pause);
        const auto request = service_.request_for("GET", "/files/" + path_step(file_id));
        const std::string what = "read file " + file_id;
        const auto answer = co_await service_.call(request, what);
        status = text_of(parse_body(answer.body), "status");
    }
}

awaitable<remote_batch> openai::get(const std::string &remote_id) {
    const auto request = service_.request_for("GET", "/batches/" + path_step(remote_id));
    const std::string what = "read batch " + remote_id;
    co_return co_await service_.show(request, what, reader_);
}

awaitable<listing> openai::list(const std::string &cursor) {
    const auto page_size = quirks_.pages ? most_per_page : 0;
    std::string path = "/batches";
    if (quirks_.pages)
        path += "?limit=" + std::to_string(page_size);
    if (!cursor.empty())
        path += "&after=" + percent_encode(cursor);
    const listing_page wanted{path, cursor, page_size, capabilities_.find_by};
    co_return co_await list_page(service_, wanted, reader_);
}

awaitable<remote_batch> openai::cancel(const std::string &remote_id) {
    const auto request = service_.request_for("POST", "/batches/" + path_step(remote_id) + "/cancel");
    co_return co_await service_.cancel(request, remote_id, reader_, *this);
}

awaitable<void> openai::fetch(const std::string &file_id, const http::body_sink &sink) {
    co_await download_file(service_, file_id, sink);
}

awaitable<std::map<std::string, std::string>> openai::find_files(const std::set<std::string> &names,
                                                                 std::chrono::milliseconds age) {
    std::map<std::string, std::string> found;
    std::optional<std::chrono::system_clock::time_point> oldest;
    page_turner pages{"list files"};
    std::string next;
    do {
        const auto &cursor = pages.cursor();
        auto path = "/files?purpose=" + percent_encode(quirks_.upload_purpose) +
                    "&order=desc&limit=" + std::to_string(files_per_page);
        if (!cursor.empty())
            path += "&after=" + percent_encode(cursor);
        const auto request = service_.request_for("GET", path);
        const std::string what = "list files";
        const auto answer = co_await service_.call(request, what);
        const auto page = parse_files(answer.body, cursor, files_per_page);
        if (!page)
            service_.unreadable(what, answer);
        if (!oldest)
            oldest = oldest_wanted(answer, age);
        bool reached = true;
        for (const auto &file : page->files) {
            reached = reached && is_older(file.created, *oldest);
            if (names.contains(file.name))
                found.emplace(file.name, file.id);
        }
        next = reached ? std::string{} : page->next;
    } while (pages.turn(std::move(next)));
    co_return found;
}

awaitable<void> openai::delete_file(const std::string &file_id) {
    const auto path = "/files/" + path_step(file_id);
    const auto what = "delete file " + file_id;
    co_await remove_at(service_, path, what);
}

} // namespace smelt::provider
