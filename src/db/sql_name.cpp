#include "smelt/db/sql_name.hpp"

namespace smelt::db {

std::string quoted_name(std::string_view name) {
    std::string out{"\""};
    for (const char c : name)
        out += c == '"' ? std::string{"\"\""} : std::string{c};
    return out + '"';
}

} // namespace smelt::db
