#include "connection.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <charconv>

namespace smelt::http {
namespace {

constexpr std::size_t longest_head = 16 * 1024;

awaitable<void> write_whole(connection &link, std::string_view bytes, const url &to, clock::time_point until) {
    while (!bytes.empty()) {
        const auto step = co_await link.write_some(bytes, until);
        if (step.error)
            throw_transport(to, "ask the proxy", step.error, send_progress::not_sent);
        bytes.remove_prefix(step.bytes);
    }
}

/// Up to the blank line. The server behind the proxy says nothing before it was spoken to.
awaitable<std::string> read_head(connection &link, const url &to, clock::time_point until) {
    std::string head, block(4096, '\0');
    const std::span<char> room{block};
    while (head.find("\r\n\r\n") == std::string::npos) {
        const auto step = co_await link.read_some(room, until);
        if (step.error)
            throw_transport(to, "wait for the proxy's answer", step.error, send_progress::not_sent);
        head.append(block, 0, step.bytes);
        if (head.size() > longest_head)
            throw transport_error{to.authority() + ": the proxy's answer is longer than any that is meant",
                                  send_progress::not_sent};
    }
    co_return head;
}

/// "HTTP/1.1 200 Connection established" -> 200; 0 when it is nothing of the kind.
int status_of(std::string_view head) {
    int status = 0;
    if (head.starts_with("HTTP/1.") && head.size() > 12)
        std::from_chars(head.data() + 9, head.data() + 12, status);
    return status;
}

} // namespace

void throw_refused_by_proxy(const url &to, const proxy &via, int status) {
    if (status == 407)
        throw unavailable{to.authority() + ": the proxy " + via.name() + " wants a user name and a password (HTTP 407)",
                          "write them into the proxy's URL: http://user:password@host:port"};
    const auto said = status == 0 ? std::string{"its answer is not HTTP"} : "HTTP " + std::to_string(status);
    throw transport_error{to.authority() + ": the proxy " + via.name() + " opened no connection: " + said,
                          send_progress::not_sent};
}

awaitable<void> open_tunnel(connection &link, const url &to, const proxy &via, clock::time_point until) {
    const auto host = to.host.find(':') == std::string::npos ? to.host : "[" + to.host + "]";
    const auto target = host + ":" + std::to_string(to.port);
    auto request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
    if (!via.authorization.empty())
        request += "Proxy-Authorization: " + via.authorization + "\r\n";
    request += "\r\n";
    co_await write_whole(link, request, to, until);
    const auto head = co_await read_head(link, to, until);
    const auto status = status_of(head);
    if (status < 200 || status > 299)
        throw_refused_by_proxy(to, via, status);
}

} // namespace smelt::http
