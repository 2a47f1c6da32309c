#pragma once

#include <string>
#include <string_view>

/// RFC 4180: CRLF after every record; a field with a comma, quote or line break stands in quotes, quotes inside are
/// doubled.
namespace smelt::actions {

class csv_row {
  public:
    explicit csv_row(std::string &out) : out_{out} {}
    void field(std::string_view value);
    void end();

  private:
    std::string &out_;
    bool first_ = true;
};

} // namespace smelt::actions
