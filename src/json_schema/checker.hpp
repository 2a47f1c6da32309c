#pragma once

#include "node.hpp"

#include "smelt/json_schema/evaluator.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smelt::json_schema {

/// The value's bit of type_bit; numbers give type_number.
unsigned type_of(const node &value);
bool has_type(unsigned types, const node &value);

/// Where a value stands; a chain on the stack, spelled out only when something is wrong.
struct place {
    const place *up = nullptr;
    std::string_view name;
    std::size_t index = 0;
    bool in_array = false;
    [[nodiscard]] std::string pointer() const;
};

/// Checks one value. Without a list of violations it stops at the first; with one it goes on to name them all.
class schema_checker {
  public:
    schema_checker(bool null_is_absent, std::vector<violation> *found, std::size_t most)
        : null_is_absent_{null_is_absent}, found_{found}, most_{most} {}

    /// The verdict on a whole document. What could not be decided counts as a violation.
    bool run(const schema_node &schema, const node &value);

  private:
    bool check(const schema_node &schema, const node &value, const place &at);
    bool quietly(const schema_node &schema, const node &value, const place &at);
    bool by_kind(const schema_node &schema, const node &value, const place &at);
    bool type(const schema_node &schema, const node &value, const place &at);
    bool fixed_values(const schema_node &schema, const node &value, const place &at);
    bool number(const schema_node &schema, const node &value, const place &at);
    bool string(const schema_node &schema, const node &value, const place &at);
    bool array(const schema_node &schema, const node &value, const place &at);
    bool elements(const schema_node &schema, const node &value, const place &at);
    bool contains(const schema_node &schema, const node &value, const place &at);

    bool object(const schema_node &schema, const node &value, const place &at);
    bool member(const schema_node &schema, const node &value, const place &at);
    bool other_member(const schema_node &schema, const node &value, const place &at);
    bool required(const schema_node &schema, const node &value, const place &at);
    bool dependencies(const schema_node &schema, const node &value, const place &at);
    /// The member, unless it is an explicit null that means absent.
    const node *present(const schema_node &schema, const node &object, std::string_view name, const place &at);
    bool means_absent(const schema_node &schema, const node &value, const place &at);

    bool combinations(const schema_node &schema, const node &value, const place &at);
    bool any_of(const schema_node &schema, const node &value, const place &at);
    bool one_of(const schema_node &schema, const node &value, const place &at);
    bool conditional(const schema_node &schema, const node &value, const place &at);
    void explain_alternatives(const schema_node &schema, const char *keyword,
                              const std::vector<const schema_node *> &branches, const node &value, const place &at);

    /// True when the pattern matches; what is too hard makes the whole verdict undecided.
    bool matches(const pattern &expression, std::string_view subject, const place &at);
    void undecided(const place &at, std::string reason);

    [[nodiscard]] bool quiet() const { return found_ == nullptr; }
    /// Always false. `words` is called only when somebody listens.
    template <class Words>
    bool fail(const schema_node &schema, const char *keyword, const place &at, Words words) {
        if (found_ != nullptr && found_->size() < most_)
            found_->push_back({at.pointer(), words(), keyword, schema.pointer});
        return false;
    }

    bool null_is_absent_;
    std::vector<violation> *found_;
    std::size_t most_;
    std::uint64_t steps_ = 0;
    std::optional<violation> undecided_;
};

} // namespace smelt::json_schema
