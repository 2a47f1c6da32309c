#pragma once

#include "smelt/core/json.hpp"

#include <string>

namespace smelt::extraction {

/// Rewrites a schema (one that json_schema accepts) into the subset of strict structured outputs. What a model cannot
/// be held to, but an answer is checked against here anyway, is left out; what would change the meaning of the rest is
/// refused.
class strict_adapter {
  public:
    explicit strict_adapter(const json &document) : document_{document} {}
    json run();
    [[nodiscard]] bool added_nulls() const { return added_nulls_; }

  private:
    json schema(const json &source, const std::string &pointer);
    void array(json &made, const json &source, const std::string &pointer);
    void object_parts(json &made, const json &source, const std::string &pointer);
    void alternatives(json &made, const json &source, const std::string &pointer, const char *keyword);
    void definitions(json &made);
    json nullable(json made) const;
    [[nodiscard]] bool allows_null(const json &source) const;
    [[nodiscard]] const json &target(const json &source) const;
    [[nodiscard]] std::string reference(const std::string &text, const std::string &pointer) const;

    const json &document_;
    bool added_nulls_ = false;
};

/// Size limits of strict structured outputs. Throws usage_error.
void check_strict_limits(const json &adapted);

} // namespace smelt::extraction
