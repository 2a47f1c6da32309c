#include "api.hpp"
#include "lines.hpp"
#include "simulator/disk.hpp"
#include "simulator/http/upload_form.hpp"
#include "simulator/requests/json_scan.hpp"

#include "smelt/base/hash.hpp"

#include <algorithm>
#include <array>

namespace smelt::sim {

namespace asio = boost::asio;
using http::server_request;
using http::server_response;

namespace {

constexpr std::size_t largest_body = 20'000'000;
constexpr std::int64_t bytes_per_token = 4;
constexpr std::int64_t results_lifetime = 48 * 3600; // seconds, as of all files

/// The body of a create. Requests within it are slices of its text: there may be 20 MB of them.
class create_body {
  public:
    explicit create_body(std::string_view text) : scan_{text} {
        const bool good = scan_.object([&](std::string_view key) {
            if (key != "batch")
                throw api_error{400, unknown_name(key, "")};
            has_batch_ = scan_.peek() == '{';
            return scan_.object([&](std::string_view inner) { return member(inner); });
        });
        if (!good || !scan_.at_end())
            throw api_error{400, "Invalid JSON payload received."};
        if (!has_batch_ || file.empty() == !has_requests)
            throw api_error{400, "Exactly one of input_config.file_name and input_config.requests is required."};
    }

    std::string name;
    std::string file;
    bool has_requests = false;
    std::vector<std::string_view> requests;

  private:
    bool text(std::string &into) {
        std::string_view raw;
        if (scan_.peek() != '"' || !scan_.string(raw))
            return false;
        into = unescape(raw);
        return true;
    }
    bool member(std::string_view key) {
        static constexpr std::array ignored{"model", "name", "priority", "webhookConfig"};
        const std::string known = camel_case(key);
        if (known == "displayName")
            return text(name);
        if (known == "inputConfig")
            return scan_.object([&](std::string_view inner) { return input(inner); });
        if (std::find(ignored.begin(), ignored.end(), known) == ignored.end())
            throw api_error{400, unknown_name(key, "batch")};
        std::string_view value;
        return scan_.value(value);
    }
    bool input(std::string_view key) {
        const std::string known = camel_case(key);
        if (known == "fileName")
            return text(file);
        if (known != "requests")
            throw api_error{400, unknown_name(key, "batch.input_config")};
        return scan_.object([&](std::string_view inner) {
            if (inner != "requests")
                throw api_error{400, unknown_name(inner, "batch.input_config.requests")};
            has_requests = true;
            return scan_.array([&] {
                std::string_view item;
                const bool good = scan_.value(item);
                requests.push_back(item);
                return good;
            });
        });
    }

    json_scan scan_;
    bool has_batch_ = false;
};

void write_requests(const std::vector<std::string_view> &requests, const std::filesystem::path &path) {
    const file_handle out = open_file(path, "wb");
    for (const auto item : requests) {
        const request_line request = parse_gemini_request(item);
        if (!request.is_json || !request.has_body)
            throw api_error{400, "Invalid value at 'batch.input_config.requests.requests'."};
        // Only a body that was made for people has line ends.
        write_all(out.get(), item.find('\n') == std::string_view::npos ? std::string{item} : json::parse(item).dump());
        write_all(out.get(), "\n");
    }
}

} // namespace

asio::awaitable<server_response> gemini_api::create(server_request &request, const std::string &model) {
    std::string text;
    try {
        text = co_await request.read_all(largest_body);
    } catch (const http::body_too_large &) {
        throw api_error{400, "Request payload size exceeds the limit: 20000000 bytes."};
    }
    const create_body body{text};
    if (!serves(engine_.settings(), model))
        throw api_error{404, "models/" + model + " is not found, or is not supported for batchGenerateContent."};
    batch b;
    b.spoken = dialect::gemini;
    b.id = random_nonce();
    b.endpoint = "batchGenerateContent";
    b.special = {{"model", model}, {"display_name", body.name}, {"total", body.requests.size()}};
    part_file part{engine_.state().own_input_path(b.id)};
    if (body.has_requests) {
        if (body.requests.empty())
            throw api_error{400, "At least one request is required."};
        write_requests(body.requests, part.path());
        b.enqueued = static_cast<std::int64_t>(text.size()) / bytes_per_token;
    } else {
        constexpr std::string_view folder = "files/";
        const std::string id = body.file.starts_with(folder) ? body.file.substr(folder.size()) : std::string{};
        const file_record input = existing_file(id);
        b.input_file = input.id;
        b.enqueued = input.bytes / bytes_per_token;
    }
    if (engine_.exceeds_enqueued_limit(b.enqueued))
        throw api_error{429, "You exceeded your current quota of enqueued tokens."};
    if (body.has_requests)
        part.take();
    b.output_file = "batch-" + gemini_id();
    b.error_file = "errors-" + random_nonce();
    b.output_expires_after = results_lifetime;
    engine_.prepare(b, body.name);
    engine_.begin(b);
    co_return json_response(200, show_gemini_batch(b, b.created, nullptr));
}

} // namespace smelt::sim
