#include "exchange.hpp"

#include <boost/beast/core/file_posix.hpp>

#include <algorithm>
#include <ctime>

namespace smelt::http {
namespace {

/// 4 KB blocks took twice as long, 256 KB were no faster.
constexpr std::size_t block_size = 64 * 1024;

awaitable<error_code> write_all(exchange &x, std::string_view bytes) {
    while (!bytes.empty()) {
        if (x.limits.over())
            throw_transport(x.to, "send", error_code{boost::asio::error::timed_out}, x.record.how_far);
        const auto begun = clock::now();
        const auto step = co_await x.link.write_some(bytes, x.limits.step());
        const bool nothing_left = step.error && step.bytes == 0 && x.link.failed_write_is_exact();
        if (!nothing_left)
            x.record.how_far = send_progress::sent;
        if (step.error) {
            x.record.peer_closed = closed_by_peer(step.error);
            co_return step.error;
        }
        bytes.remove_prefix(step.bytes);
        if (x.sending.is_too_slow(x.limits.idle, clock::now() - begun, step.bytes))
            throw_too_slow(x.to, "send", x.record.how_far);
    }
    co_return error_code{};
}

[[noreturn]] void throw_file(const exchange &x, const std::filesystem::path &file, const std::string &why) {
    throw transport_error{x.to.authority() + ": send " + file.filename().string() + ": " + why, x.record.how_far};
}

awaitable<error_code> write_file(exchange &x, const segment &piece) {
    boost::beast::file_posix in;
    error_code error;
    in.open(piece.file.c_str(), boost::beast::file_mode::scan, error);
    if (error)
        throw_file(x, piece.file, error.message());
    std::string block(block_size, '\0');
    for (auto left = piece.size; left > 0;) {
        const auto want = static_cast<std::size_t>(std::min<std::uintmax_t>(left, block.size()));
        const auto got = in.read(block.data(), want, error);
        if (error || got == 0)
            throw_file(x, piece.file, error ? error.message() : "the file became shorter while it was sent");
        if (piece.newline != '\n')
            std::replace(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(got), '\n', piece.newline);
        const auto written = co_await write_all(x, std::string_view{block.data(), got});
        if (written)
            co_return written;
        left -= got;
    }
    co_return error_code{};
}

std::chrono::nanoseconds since_boot() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

} // namespace

bool pace::is_too_slow(clock::duration window, clock::duration waited, std::size_t bytes) {
    waited_ += waited;
    bytes_ += bytes;
    if (window == clock::duration::zero() || waited_ < window)
        return false;
    const auto least = static_cast<double>(least_rate) * std::chrono::duration<double>(waited_).count();
    const bool slow = static_cast<double>(bytes_) < least;
    waited_ = {};
    bytes_ = 0;
    return slow;
}

exchange_limits make_limits(const client_options &options, const std::optional<clock::time_point> &deadline) {
    exchange_limits out;
    out.idle = options.idle_timeout;
    out.answer = options.answer_timeout;
    if (deadline) {
        out.deadline = *deadline;
        out.boot_deadline = since_boot() + (*deadline - clock::now());
    }
    return out;
}

bool exchange_limits::over() const {
    if (deadline == never)
        return false;
    return clock::now() >= deadline || since_boot() >= boot_deadline;
}

awaitable<error_code> write_request(exchange &x, const std::vector<segment> &segments) {
    for (const auto &piece : segments) {
        const auto error = piece.file.empty() ? co_await write_all(x, piece.text) : co_await write_file(x, piece);
        if (error)
            co_return error;
    }
    co_return error_code{};
}

} // namespace smelt::http
