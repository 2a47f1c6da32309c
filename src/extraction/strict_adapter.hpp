#pragma once

#include "smelt/core/json.hpp"

#include <string>
#include <string_view>

namespace smelt::extraction {

/// How a service's structured outputs differ from OpenAI's strict ones.
struct adapter_rules {
    bool optional_as_null = true;              ///< every property is required, and an optional one may be null
    bool (*keeps)(std::string_view) = nullptr; ///< keywords that are passed on
};
/// Keywords that strict schemas take as they are.
bool strict_keeps(std::string_view keyword);

/// Rewrites a schema (one that json_schema accepts) into the subset of strict structured outputs. What a model cannot
/// be held to, but an answer is checked against here anyway, is left out; what would change the meaning of the rest is
/// refused.
class strict_adapter {
  public:
    explicit strict_adapter(const json &document, adapter_rules rules = {true, strict_keeps})
        : document_{document}, rules_{rules} {}
    /// Sizes are not checked.
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
    adapter_rules rules_;
    bool added_nulls_ = false;
};

/// Size limits of strict structured outputs. Throws usage_error.
void check_strict_limits(const json &adapted);

} // namespace smelt::extraction
