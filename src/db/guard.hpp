#pragma once

#include "smelt/db/connection.hpp"

#include <string>
#include <string_view>

namespace smelt::db {

/// The error for a connection that broke; message is the library's.
[[nodiscard]] unavailable connection_lost(std::string_view message);
[[nodiscard]] outcome_unknown commit_in_doubt();

/// Throws usage_error when a text holds a NUL: the text protocol would end the value there.
void refuse_nul(const parameter &value, const std::string &what);

/// Calls work and sorts what it throws: lost connections become unavailable, everything else stays and sets failed.
template <class Work>
auto guarded(const connection &c, bool &failed, Work work) -> decltype(work()) {
    try {
        return work();
    } catch (const pqxx::broken_connection &e) {
        throw connection_lost(e.what());
    } catch (const pqxx::in_doubt_error &) {
        throw commit_in_doubt();
    } catch (const pqxx::statement_completion_unknown &) {
        throw commit_in_doubt();
    } catch (const pqxx::failure &e) {
        // A killed backend can surface as an error of the statement.
        if (!c.is_open())
            throw connection_lost(e.what());
        failed = true;
        throw;
    }
}

} // namespace smelt::db
