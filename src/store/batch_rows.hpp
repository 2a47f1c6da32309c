#pragma once

#include "smelt/store/batches.hpp"

namespace smelt::store {

/// A row of smelt.batch with the computed columns of sql/batch_take.sql.
batch_row read_batch(const pqxx::row &row);

} // namespace smelt::store
