#include "upload_form.hpp"

#include "vendor_api.hpp"

namespace smelt::sim {

namespace asio = boost::asio;

void upload_form::begin(const part_head &head) {
    current_ = head;
    if (head.is_file) {
        filename = head.filename;
        content_type = head.content_type;
    } else {
        fields[head.name].clear();
    }
    has_file = has_file || (head.is_file && head.name == "file");
}

void upload_form::data(std::string_view piece) {
    constexpr std::size_t field_limit = 4096;
    if (current_.is_file) {
        write_all(content_.get(), piece);
        bytes += static_cast<std::int64_t>(piece.size());
    } else if (fields[current_.name].size() + piece.size() <= field_limit) {
        fields[current_.name] += piece;
    }
}

asio::awaitable<void> upload_form::receive(http::server_request &request, std::int64_t limit) {
    multipart_reader reader{request.header("content-type"), [this](const part_head &head) { begin(head); },
                            [this](std::string_view piece) { data(piece); }};
    for (;;) {
        const std::string_view piece = co_await request.body->next();
        if (piece.empty())
            break;
        reader.feed(piece);
        if (bytes > limit)
            throw api_error{413, "File is too large: the limit is " + std::to_string(limit) + " bytes.", "file"};
    }
    reader.finish();
    content_.reset();
}

} // namespace smelt::sim
