#include "api.hpp"
#include "lines.hpp"
#include "simulator/engine/limits.hpp"
#include "simulator/hash_set.hpp"
#include "simulator/http/upload_form.hpp"
#include "simulator/mix.hpp"
#include "simulator/requests/item_splitter.hpp"
#include "simulator/requests/json_scan.hpp"

#include "smelt/base/hash.hpp"

namespace smelt::sim {

namespace asio = boost::asio;
using http::server_request;
using http::server_response;

namespace {

constexpr std::int64_t bytes_per_token = 4;

bool is_good_id(std::string_view id) {
    constexpr std::size_t longest = 64;
    return !id.empty() && id.size() <= longest &&
           id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") ==
               std::string_view::npos;
}

/// The requests of a create on their way to the disk, one per line. What is wrong with them as a list is refused here;
/// what is wrong with their params shows in the results.
class request_list {
  public:
    request_list(const std::filesystem::path &path, std::int64_t most) : file_{open_file(path, "wb")}, most_{most} {}

    void add(std::string_view item) {
        const std::string place = "requests." + std::to_string(count) + ".";
        const request_line request = parse_anthropic_request(item, true);
        if (!request.is_json)
            throw api_error{400, "The request body is not valid JSON: " + place.substr(0, place.size() - 1)};
        if (request.custom_id.data() == nullptr)
            throw api_error{400, place + "custom_id: Field required"};
        if (!is_good_id(request.custom_id))
            throw api_error{400, place + "custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'"};
        if (!request.has_body)
            throw api_error{400, place + "params: Field required"};
        if (!ids_.insert(hash_bytes(request.custom_id, 0)))
            throw api_error{400, place + "custom_id: custom_ids must be unique, '" + std::string{request.custom_id} +
                                     "' is not"};
        if (++count > most_)
            throw api_error{413, "A batch can have at most " + std::to_string(most_) + " requests."};
        write_all(file_.get(), item);
        write_all(file_.get(), "\n");
        content = hash_bytes(item, content);
    }
    void finish() { file_.reset(); }

    std::int64_t count = 0;
    std::uint64_t content = 0; ///< hash of all of it

  private:
    file_handle file_;
    std::int64_t most_;
    hash_set ids_;
};

} // namespace

asio::awaitable<server_response> anthropic_api::create(server_request &request) {
    const std::int64_t limit = most_bytes(engine_.settings(), dialect::anthropic);
    batch b;
    b.spoken = dialect::anthropic;
    b.id = "msgbatch_" + random_nonce();
    part_file part{engine_.state().own_input_path(b.id)};
    request_list requests{part.path(), most_requests(engine_.settings(), dialect::anthropic)};
    item_splitter body{"requests", [&](std::string_view item) { requests.add(item); }};
    std::int64_t bytes = 0;
    try {
        for (;;) {
            const std::string_view piece = co_await request.body->next();
            if (piece.empty())
                break;
            bytes += static_cast<std::int64_t>(piece.size());
            if (bytes > limit)
                throw api_error{413, "Request exceeds the maximum size"};
            body.feed(piece);
        }
        body.finish();
    } catch (const split_error &e) {
        throw api_error{400, e.what()};
    }
    requests.finish();
    const json rest = json::parse(body.rest(), nullptr, false);
    if (!rest.is_object() || !rest.empty())
        throw api_error{400, rest.is_object() && !rest.contains("requests")
                                 ? rest.begin().key() + ": Extra inputs are not permitted"
                                 : "requests: Input should be a valid array"};
    if (!body.has_array())
        throw api_error{400, "requests: Field required"};
    if (requests.count == 0)
        throw api_error{400, "requests: List should have at least 1 item after validation, not 0"};
    b.enqueued = bytes / bytes_per_token;
    if (engine_.exceeds_enqueued_limit(b.enqueued))
        throw api_error{429, "The batch queue is full."};
    part.take();
    std::string content;
    append_hex(requests.content, content);
    b.endpoint = "/v1/messages";
    b.special = {{"version", request.header("anthropic-version")}, {"total", requests.count}, {"content", content}};
    b.output_file = "results-" + random_nonce();
    b.error_file = "errors-" + random_nonce();
    b.output_expires_after = 0;
    engine_.prepare(b, "");
    engine_.begin(b);
    co_return json_response(200, show_anthropic_batch(b, b.created, origin_of(request)));
}

} // namespace smelt::sim
