#include "blame.hpp"

namespace smelt::store {

bool blames_a_row(const pqxx::sql_error &e, const db::connection &c) {
    const auto &state = e.sqlstate();
    if (state == "57014" && c.was_cancelled())
        return false;
    return state.starts_with("22") || state.starts_with("2F") || state.starts_with("P0") || state == "57014" ||
           state.starts_with("54") || (state.starts_with("42") && state != "42501") || state.starts_with("0A") ||
           state.starts_with("23");
}

} // namespace smelt::store
