#pragma once

#include "smelt/store/batches.hpp"

namespace smelt::store {

/// A row of smelt.batch with the computed columns of batch_take in sql/batches.sql.
batch_row read_batch(const pqxx::row &row);

} // namespace smelt::store
