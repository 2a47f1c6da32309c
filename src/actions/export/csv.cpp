#include "csv.hpp"

namespace smelt::actions {

void csv_row::field(std::string_view value) {
    if (!first_)
        out_ += ',';
    first_ = false;
    // Blanks at the ends are part of the field, but some readers trim them unless they are quoted.
    const bool blank_ends = !value.empty() && (value.front() == ' ' || value.back() == ' ');
    if (!blank_ends && value.find_first_of(",\"\r\n") == std::string_view::npos) {
        out_ += value;
        return;
    }
    out_ += '"';
    for (const char c : value) {
        if (c == '"')
            out_ += '"';
        out_ += c;
    }
    out_ += '"';
}

void csv_row::end() {
    out_ += "\r\n";
    first_ = true;
}

} // namespace smelt::actions
