#pragma once

#include <string>
#include <string_view>

namespace smelt::provider {

/// What a provider writes is stored, logged and shown: here it loses keys and what steers a terminal. Pure.
class text_guard {
  public:
    explicit text_guard(std::string api_key) : api_key_{std::move(api_key)} {}

    /// For people: without the API key, parts of 8 characters and more at its ends, anything that looks like a key
    /// ("sk-…", "Bearer …"), and printable.
    [[nodiscard]] std::string clean(std::string_view text) const;
    /// For ids and names, which have to stay what they are: without the whole key, and printable.
    [[nodiscard]] std::string clean_id(std::string_view text) const;

  private:
    std::string api_key_;
};

} // namespace smelt::provider
