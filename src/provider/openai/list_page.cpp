#include "list_page.hpp"

#include "objects.hpp"

namespace smelt::provider {

awaitable<listing> list_page(const remote_service &service, const listing_page &wanted, const batch_reader &read) {
    const auto request = service.request_for("GET", wanted.path);
    const auto answer = co_await service.call_list(request);
    auto page = parse_listing(answer.body, wanted.cursor, wanted.page_size, read, wanted.find_by);
    if (!page)
        service.unreadable("list batches", answer);
    page->now = answer.date();
    co_return std::move(*page);
}

} // namespace smelt::provider
