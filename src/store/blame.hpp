#pragma once

#include "smelt/db/connection.hpp"

namespace smelt::store {

/// Only errors that a value can cause are the value's fault; a lost connection or a lack of rights is the world's.
bool blames_a_row(const pqxx::sql_error &e, const db::connection &c);

} // namespace smelt::store
