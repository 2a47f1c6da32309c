#include "smelt/http/server.hpp"

#include <algorithm>

namespace smelt::http {
namespace {

const std::string *find(const headers &pairs, std::string_view name) {
    const auto at = std::find_if(pairs.begin(), pairs.end(), [&](const auto &pair) { return pair.first == name; });
    return at == pairs.end() ? nullptr : &at->second;
}

} // namespace

std::string_view server_request::header(std::string_view lower_case_name) const {
    const auto *value = find(fields, lower_case_name);
    return value ? std::string_view{*value} : std::string_view{};
}

std::optional<std::string> server_request::parameter(std::string_view name) const {
    const auto *value = find(query, name);
    return value ? std::optional{*value} : std::nullopt;
}

boost::asio::awaitable<std::string> server_request::read_all(std::size_t limit) const {
    std::string whole;
    for (;;) {
        const std::string_view piece = co_await body->next();
        if (piece.empty())
            co_return whole;
        if (whole.size() + piece.size() > limit)
            throw body_too_large{};
        whole += piece;
    }
}

} // namespace smelt::http
