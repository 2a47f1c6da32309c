#pragma once

#include <chrono>
#include <set>
#include <string>

namespace smelt::provider {

/// Turns the pages of a listing, which ends at last: a service whose cursor repeats, or that always has one page more,
/// is no listing to conclude anything from.
class page_turner {
  public:
    /// `what` is for messages: "list batches".
    explicit page_turner(std::string what) : what_{std::move(what)} {}

    /// The cursor of the page to read, at first "".
    [[nodiscard]] const std::string &cursor() const { return cursor_; }
    /// Goes on to the page that the last one named; false when it named none. Throws provider_error when the cursor was
    /// there before, or pages or time are more than any listing needs.
    bool turn(std::string next);

  private:
    std::string what_;
    std::string cursor_;
    std::set<std::string> seen_;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

} // namespace smelt::provider
