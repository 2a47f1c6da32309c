#pragma once

#include "vendor_api.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace smelt::sim {

struct page_request {
    std::string after; ///< id of the last item of the page before; empty: the first page
    std::size_t limit;
};

/// Reads `after` and `limit`. Throws api_error 400 for a limit that is not 1 to most.
page_request read_page(const http::server_request &request, std::size_t fallback, std::size_t most);

struct page_range {
    std::size_t begin, end;
};

/// Throws api_error 404 when `after` names nothing in the list.
template <class T, class Id>
page_range page_of(const std::vector<T> &all, const page_request &page, Id id_of) {
    std::size_t begin = 0;
    if (!page.after.empty()) {
        const auto at = std::find_if(all.begin(), all.end(), [&](const T &item) { return id_of(item) == page.after; });
        if (at == all.end())
            throw api_error{404, "No such object: " + page.after, "after"};
        begin = static_cast<std::size_t>(at - all.begin()) + 1;
    }
    return {begin, begin + std::min(page.limit, all.size() - begin)};
}

/// first_id and last_id are empty on an empty page.
json list_envelope(json data, bool has_more);

} // namespace smelt::sim
