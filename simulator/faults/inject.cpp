#include "inject.hpp"

#include "simulator/disk.hpp"
#include "simulator/http/gzip.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/chrono.h>

#include <algorithm>
#include <memory>

namespace smelt::sim {
namespace {

namespace asio = boost::asio;

/// What is left of a body, from a file or from memory.
class remainder {
  public:
    explicit remainder(const http::server_response &response) : text_{response.body} {
        if (!response.file.empty())
            file_ = open_file(response.file, "rb");
        size_ = file_ ? std::filesystem::file_size(response.file) : text_.size();
    }
    [[nodiscard]] std::uint64_t size() const { return size_; }

    std::string next(std::size_t most) {
        std::string piece(most, '\0');
        if (file_) {
            piece.resize(std::fread(piece.data(), 1, most, file_.get()));
        } else {
            piece = text_.substr(at_, most);
            at_ += piece.size();
        }
        return piece;
    }

  private:
    std::string text_;
    std::size_t at_ = 0;
    file_handle file_;
    std::uint64_t size_ = 0;
};

/// The body in memory, wherever it was.
void take_into_memory(http::server_response &response) {
    remainder rest{response};
    response.body = rest.next(rest.size());
    response.file.clear();
}

constexpr std::size_t whole_piece = 64 * 1024;
constexpr std::int64_t pieces_per_second = 10;

} // namespace

void inject_wire_faults(const call_fault &fault, std::string_view encodings, std::int64_t now,
                        http::server_response &response) {
    constexpr std::int64_t per_second = 1000;
    const bool compressed =
        fault.gzip == "always" || (fault.gzip == "asked" && encodings.find("gzip") != std::string_view::npos);
    if (fault.bom || compressed)
        take_into_memory(response);
    if (fault.bom)
        response.body.insert(0, "\xef\xbb\xbf");
    if (compressed) {
        response.body = gzip(response.body);
        response.fields.emplace_back("Content-Encoding", "gzip");
    }
    if (fault.date_off != 0)
        response.fields.emplace_back(
            "Date", fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                                fmt::gmtime(static_cast<std::time_t>(now / per_second + fault.date_off))));
    response.close = fault.close;
}

void inject_body_faults(const call_fault &fault, http::server_response &response) {
    if (fault.bytes_per_second == 0 && fault.cut_after < 0)
        return;
    const auto rest = std::make_shared<remainder>(response);
    const auto left = std::make_shared<std::int64_t>(fault.cut_after);
    const bool slow = fault.bytes_per_second > 0;
    const auto pieces = std::clamp<std::int64_t>(fault.bytes_per_second, 1, pieces_per_second);
    const std::chrono::milliseconds pause{1000 / pieces};
    const auto piece_size = slow ? static_cast<std::size_t>(fault.bytes_per_second / pieces) : whole_piece;
    response.length = rest->size();
    response.source = [=]() -> asio::awaitable<std::string> {
        if (*left == 0)
            throw http::drop_connection{};
        if (slow) {
            asio::steady_timer timer{co_await asio::this_coro::executor, pause};
            co_await timer.async_wait(asio::use_awaitable);
        }
        auto piece = rest->next(*left > 0 ? std::min(piece_size, static_cast<std::size_t>(*left)) : piece_size);
        if (*left > 0)
            *left -= static_cast<std::int64_t>(piece.size());
        co_return piece;
    };
}

} // namespace smelt::sim
