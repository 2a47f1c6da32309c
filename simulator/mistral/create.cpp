#include "api.hpp"
#include "simulator/engine/limits.hpp"
#include "simulator/http/upload_form.hpp"
#include "simulator/requests/item_splitter.hpp"

namespace smelt::sim {

namespace asio = boost::asio;
using http::server_request;
using http::server_response;

namespace {

constexpr std::size_t most_inline = 10'000;
constexpr std::int64_t bytes_per_token = 4;

/// Writes the requests that come within a create to a file, one per line, and checks each.
class inline_requests {
  public:
    explicit inline_requests(const std::filesystem::path &path) : file_{open_file(path, "wb")} {}

    void add(std::string_view item) {
        const std::string place = "requests." + std::to_string(count_);
        const request_line request = parse_request(item);
        if (!request.is_json || !request.has_body)
            throw api_error{422, "Input should be a valid request with a body", "body." + place, "dict_type"};
        if (++count_ > most_inline)
            throw api_error{422, "List should have at most 10000 items", "body.requests", "too_long"};
        write_all(file_.get(), item);
        write_all(file_.get(), "\n");
        bytes += static_cast<std::int64_t>(item.size()) + 1;
    }
    void finish() { file_.reset(); }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    std::int64_t bytes = 0;

  private:
    file_handle file_;
    std::size_t count_ = 0;
};

void check_model(const batch &b, const options &settings) {
    const std::string model = special_text(b, "model");
    if (!model.empty() && !serves(settings, model))
        throw api_error{400, "Invalid model: " + model, "model", "unknown_model"};
}

void append_file(std::FILE *out, const std::filesystem::path &path) {
    constexpr std::size_t block = 64 * 1024;
    const file_handle in = open_file(path, "rb");
    std::string piece(block, '\0');
    for (std::size_t got = block; got == block;) {
        got = std::fread(piece.data(), 1, block, in.get());
        write_all(out, std::string_view{piece}.substr(0, got));
    }
    write_all(out, "\n");
}

} // namespace

void mistral_api::take_files(batch &b) const {
    const json &files = b.special.at("input_files");
    for (const auto &id : files)
        b.enqueued += existing_file(id.get<std::string>()).bytes / bytes_per_token;
    if (files.size() == 1) {
        b.input_file = files.at(0).get<std::string>();
        return;
    }
    part_file joined{engine_.state().own_input_path(b.id)};
    {
        const file_handle out = open_file(joined.path(), "wb");
        for (const auto &id : files)
            append_file(out.get(), engine_.state().content_path(id.get<std::string>()));
    }
    joined.take();
}

asio::awaitable<server_response> mistral_api::create(server_request &request) {
    const std::string name = random_uuid();
    part_file part{engine_.state().own_input_path(name)};
    inline_requests requests{part.path()};
    item_splitter body{"requests", [&](std::string_view item) { requests.add(item); }};
    try {
        for (;;) {
            const std::string_view piece = co_await request.body->next();
            if (piece.empty())
                break;
            body.feed(piece);
        }
        body.finish();
    } catch (const split_error &e) {
        throw api_error{422, e.what(), "body", "json_invalid"};
    }
    const json rest = json::parse(body.rest(), nullptr, false);
    if (!rest.is_object())
        throw api_error{422, "JSON decode error", "body", "json_invalid"};
    batch b = read_mistral_job(rest);
    b.id = name;
    check_model(b, engine_.settings());
    requests.finish();
    const bool has_files = !b.special["input_files"].empty();
    if (has_files == !requests.empty())
        throw api_error{422, "Exactly one of input_files and requests is required", "body", "value_error"};
    if (has_files) {
        take_files(b);
    } else {
        part.take();
        b.enqueued = requests.bytes / bytes_per_token;
    }
    engine_.prepare(b, b.metadata.dump());
    if (engine_.exceeds_enqueued_limit(b.enqueued)) {
        b.faults = {{"fail_code", "token_limit_exceeded"}};
        b.enqueued = 0;
    }
    engine_.begin(b);
    co_return json_response(200, show_mistral_job(b, b.created));
}

} // namespace smelt::sim
