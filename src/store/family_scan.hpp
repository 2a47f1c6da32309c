#pragma once

#include "smelt/config/rule_pack.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace smelt::store {

/// Says in one pass over a text which families of a pack may be found in it; PostgreSQL says which are.
class family_scan {
  public:
    explicit family_scan(const config::rule_pack &pack);
    ~family_scan();
    family_scan(const family_scan &) = delete;
    family_scan &operator=(const family_scan &) = delete;

    /// By place in rule_pack::families. The text is UTF-8.
    [[nodiscard]] std::vector<bool> candidates(std::string_view text) const;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace smelt::store
