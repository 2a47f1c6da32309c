#pragma once

#include "provider/remote_service.hpp"

#include <cstddef>
#include <string>

namespace smelt::provider {

/// A page of a listing in OpenAI's shape: {"data", "has_more", "last_id"}.
struct listing_page {
    std::string path;          ///< with its query
    std::string cursor;        ///< which the path names; empty: the first
    std::size_t page_size = 0; ///< that was asked for; 0: everything
    lookup find_by = lookup::metadata;
};

/// Throws provider_error when what comes is no listing.
awaitable<listing> list_page(const remote_service &service, const listing_page &wanted, const batch_reader &read);

} // namespace smelt::provider
