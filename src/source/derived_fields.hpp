#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/json_schema/pattern.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::source {

/// Fields that are cut out of other fields (source.derive).
class derived_fields {
  public:
    /// where: names the file, for errors.
    derived_fields(const std::vector<config::derived_field> &fields, std::string where);

    [[nodiscard]] bool empty() const { return fields_.empty(); }
    [[nodiscard]] const std::vector<config::derived_field> &specs() const { return fields_; }
    /// The value of the i-th field, from that of the field it is made of. Throws file_error when the pattern does not
    /// match and must.
    [[nodiscard]] std::string value(std::size_t i, std::string_view from, std::int64_t line) const;
    /// Throws file_error: the field that the i-th is made of is not there.
    [[noreturn]] void fail_absent(std::size_t i, std::int64_t line, const std::vector<std::string> &names) const;
    /// Throws file_error: the record has a field of the i-th's name already.
    [[noreturn]] void fail_taken(std::size_t i, std::int64_t line) const;

  private:
    std::vector<config::derived_field> fields_;
    std::string where_;
    std::vector<json_schema::pattern> patterns_;
};

} // namespace smelt::source
