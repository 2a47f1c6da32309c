#include "writer.hpp"

#include "smelt/base/text.hpp"
#include "smelt/http/retry.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <system_error>

namespace smelt::http {
namespace {

namespace asio = boost::asio;

constexpr std::size_t block_size = 128 * 1024;

struct file_closer {
    void operator()(std::FILE *file) const noexcept { std::fclose(file); }
};
using file_handle = std::unique_ptr<std::FILE, file_closer>;

file_handle open_for_reading(const std::filesystem::path &path) {
    file_handle file{std::fopen(path.c_str(), "rb")};
    if (!file)
        throw std::system_error{errno, std::generic_category(), path.string()};
    std::setvbuf(file.get(), nullptr, _IONBF, 0);
    return file;
}

} // namespace

asio::awaitable<void> response_writer::write(server_response &response) {
    if (response.source)
        co_await write_source(response);
    else if (!response.file.empty())
        co_await write_file(response);
    else
        co_await write_text(response);
}

std::string response_writer::head(const server_response &response, std::optional<std::uint64_t> length) const {
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status));
    std::string text = fmt::format("HTTP/1.{} {} {}\r\n", version_ % 10, response.status,
                                   std::string_view{reason.data(), reason.size()});
    if (!response.content_type.empty())
        text += "Content-Type: " + response.content_type + "\r\n";
    const auto is_date = [](const auto &field) { return lower_ascii(field.first) == "date"; };
    if (std::ranges::none_of(response.fields, is_date))
        text += "Date: " + format_http_date(std::chrono::system_clock::now()) + "\r\n";
    for (const auto &[name, value] : response.fields)
        text += name + ": " + value + "\r\n";
    if (length)
        text += fmt::format("Content-Length: {}\r\n", *length);
    else
        text += "Transfer-Encoding: chunked\r\n";
    text += keep_ ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    return text;
}

asio::awaitable<void> response_writer::send(std::string_view bytes) {
    if (idle_.count() > 0)
        stream_.expires_after(idle_);
    else
        stream_.expires_never();
    co_await asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()), asio::use_awaitable);
}

asio::awaitable<void> response_writer::write_text(const server_response &response) {
    std::string bytes = head(response, response.body.size());
    if (!head_only_)
        bytes += response.body;
    co_await send(bytes);
}

asio::awaitable<void> response_writer::write_file(const server_response &response) {
    const file_handle file = open_for_reading(response.file);
    const std::uint64_t size = std::filesystem::file_size(response.file);
    const std::string start = head(response, size);
    co_await send(start);
    std::string block(block_size, '\0');
    for (std::uint64_t left = head_only_ ? 0 : size; left > 0;) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size()));
        const auto got = std::fread(block.data(), 1, wanted, file.get());
        if (got == 0)
            throw std::runtime_error{"file became shorter while it was sent"};
        const std::string_view piece{block.data(), got};
        co_await send(piece);
        left -= got;
    }
}

asio::awaitable<void> response_writer::write_source(const server_response &response) {
    const std::string start = head(response, response.length);
    co_await send(start);
    if (head_only_)
        co_return;
    for (;;) {
        std::string piece = co_await response.source();
        if (piece.empty())
            break;
        if (!response.length)
            piece = fmt::format("{:x}\r\n", piece.size()) + piece + "\r\n";
        co_await send(piece);
    }
    constexpr std::string_view last_chunk = "0\r\n\r\n";
    if (!response.length)
        co_await send(last_chunk);
}

} // namespace smelt::http
