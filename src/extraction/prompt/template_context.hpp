#pragma once

#include "smelt/json/tree.hpp"

#include <kainjow/mustache.hpp>

#include <deque>
#include <unordered_map>

namespace smelt::extraction {

using json_text::node;

/// Looks a dotted name up in the innermost of the values first. Nullptr when it is absent. A null that is there is
/// found.
const node *find_field(const std::vector<const node *> &scopes, std::string_view name);

/// Whether the name is one of what a rule pack has found in the record: what it has not found is empty, and no field
/// that is missing.
bool is_of_evidence(const node &record, std::string_view name);

/// How a value stands in a prompt: strings verbatim, numbers as written, arrays and objects as compact JSON.
void append_value(std::string &out, const node &value);

/// The field that the template names is absent or null. Throws render_error.
[[noreturn]] void missing_field(const std::string &name, const std::string &where);

/// A record as kainjow's context, read in place instead of being copied into kainjow's own data. That cannot say
/// whether `false` or an array is wanted as text or as a section's condition, so the template's names carry a mark.
class template_context : public kainjow::mustache::basic_context<std::string> {
  public:
    static constexpr char as_text = '$';
    static constexpr char as_section = '?';
    using data = kainjow::mustache::data;

    /// all_fields: what the name all_fields stands for, a list that list_fields has made; nullptr: a field like any
    /// other.
    template_context(const node &record, const node *all_fields, const std::string &where)
        : scopes_{&record}, all_fields_{all_fields}, where_{where} {}

    void push(const data *value) override;
    void pop() override { scopes_.pop_back(); }
    [[nodiscard]] const data *get(const std::string &marked) const override;
    [[nodiscard]] const data *get_partial(const std::string &) const override { return nullptr; }

  private:
    const data *section(const node *value) const;

    std::vector<const node *> scopes_; ///< the innermost last
    const node *all_fields_;
    const std::string &where_;
    mutable std::deque<data> made_; ///< what kainjow holds pointers to while it renders
    mutable std::unordered_map<const data *, const node *> origin_;
};

} // namespace smelt::extraction
