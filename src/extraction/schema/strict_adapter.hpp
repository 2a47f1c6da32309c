#pragma once

#include "smelt/base/json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smelt::extraction {

/// What the structured outputs of a service take.
struct adapter_rules {
    std::string service;                       ///< "Gemini's structured outputs", for messages
    bool (*keeps)(std::string_view) = nullptr; ///< keywords that are passed on
    bool optional_as_null = false;             ///< every property is required, and an optional one may be null
    bool object_root = false;                  ///< the root is an object, and no alternatives
    bool open = false;                         ///< objects with any names, lists item by item, and values of any kind
};

/// OpenAI's strict: true.
adapter_rules strict_rules();

/// A regular expression without what no service's grammar takes: looking around, flags, back references.
bool is_plain_pattern(std::string_view pattern);

/// Rewrites a schema (one that json_schema::evaluator accepts) into the subset that a service takes. What a model
/// cannot be held to, but an answer is checked against here anyway, is left out; what would change the meaning of the
/// rest is refused with a usage_error that names the service. Every description arrives: beside a reference nothing may
/// stand, so the reference is written out there, and the parts of an allOf become one schema.
class strict_adapter {
  public:
    strict_adapter(const json &document, adapter_rules rules);
    /// Sizes are not checked.
    json run();
    /// Throws usage_error.
    void require_object_root() const;
    [[nodiscard]] bool added_nulls() const { return added_nulls_; }

  private:
    json schema(const json &source, const std::string &pointer);
    json with_references_open(const json &source, const std::string &pointer, const std::vector<std::string> &names);
    json referred(const json &source, const std::string &pointer);
    json of_parts(const json &source, const std::string &pointer);
    json own(const json &source, const std::string &pointer);
    void array(json &made, const json &source, const std::string &pointer);
    void object_parts(json &made, const json &source, const std::string &pointer);
    void any_names(json &made, const json &source, const std::string &pointer);
    void alternatives(json &made, const json &source, const std::string &pointer, const char *keyword);
    void definitions(json &made);
    void refuse_structure(const json &source, const std::string &pointer) const;
    void complete(json &made, const std::string &pointer) const;
    static json nullable(json made);
    [[noreturn]] void refuse(const std::string &pointer, const std::string &knows, std::string hint = {}) const;
    [[nodiscard]] bool allows_null(const json &source) const;
    [[nodiscard]] const json &target(const json &source) const;

    json document_;
    adapter_rules rules_;
    std::vector<std::string> open_; ///< references that are being written out
    std::size_t written_ = 0;
    bool added_nulls_ = false;
};

/// Size limits of strict structured outputs. Throws usage_error.
void check_strict_limits(const json &adapted);

} // namespace smelt::extraction
