#include "paging.hpp"

#include <charconv>

namespace smelt::sim {

page_request read_page(const http::server_request &request, std::size_t fallback, std::size_t most) {
    page_request page{request.parameter("after").value_or(""), fallback};
    const auto limit = request.parameter("limit");
    if (!limit)
        return page;
    const char *end = limit->data() + limit->size();
    const auto read = std::from_chars(limit->data(), end, page.limit);
    if (read.ec != std::errc{} || read.ptr != end || page.limit < 1 || page.limit > most)
        throw api_error{400, "Invalid 'limit': expected an integer from 1 to " + std::to_string(most) + ".", "limit",
                        "invalid_value"};
    return page;
}

json list_envelope(json data, bool has_more) {
    std::string first = data.empty() ? std::string{} : data.front().at("id").get<std::string>();
    std::string last = data.empty() ? std::string{} : data.back().at("id").get<std::string>();
    return {{"object", "list"},
            {"data", std::move(data)},
            {"first_id", std::move(first)},
            {"last_id", std::move(last)},
            {"has_more", has_more}};
}

} // namespace smelt::sim
