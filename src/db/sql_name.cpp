#include "smelt/db/sql_name.hpp"

namespace smelt::db {

namespace {

std::string quoted(std::string_view text, char quote) {
    std::string out{quote};
    for (const char c : text)
        out.append(c == quote ? 2 : 1, c);
    return out + quote;
}

} // namespace

std::string quoted_name(std::string_view name) {
    return quoted(name, '"');
}

std::string quoted_text(std::string_view text) {
    return quoted(text, '\'');
}

} // namespace smelt::db
