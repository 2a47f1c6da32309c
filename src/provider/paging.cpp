#include "smelt/provider/paging.hpp"

#include "smelt/provider/failure.hpp"

namespace smelt::provider {
namespace {

/// A hundred jobs and more stand on a page.
constexpr std::size_t most_pages = 10'000;
constexpr std::chrono::minutes longest{15};

} // namespace

bool page_turner::turn(std::string next) {
    if (next.empty())
        return false;
    const auto refuse = [this](const std::string &why) {
        throw provider_error{
            {failure_kind::unclear, 0, "unreadable", what_ + ": the service's pages do not end: " + why, std::nullopt}};
    };
    if (!seen_.insert(next).second)
        refuse("one leads back to another");
    if (seen_.size() >= most_pages)
        refuse("there are more than " + std::to_string(most_pages));
    if (std::chrono::steady_clock::now() - begun_ > longest)
        refuse("reading them took more than " + std::to_string(longest.count()) + " minutes");
    cursor_ = std::move(next);
    return true;
}

} // namespace smelt::provider
