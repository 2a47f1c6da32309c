#pragma once

#include "smelt/domain/task_definition.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace smelt::extraction {

/// Bytes [begin, end) of a text.
struct text_span {
    std::size_t begin = 0, end = 0;
};

/// Finds one kind of personal data.
class data_pattern {
  public:
    virtual ~data_pattern() = default;
    /// From left to right, none of them empty, none overlapping.
    [[nodiscard]] virtual std::vector<text_span> find(std::string_view text) const = 0;
};

/// Throws usage_error for a regular expression that cannot be used.
std::unique_ptr<data_pattern> make_pattern(const redact_rule &spec);

} // namespace smelt::extraction
