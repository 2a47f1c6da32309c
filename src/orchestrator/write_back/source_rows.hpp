#pragma once

#include "orchestrator/pipelines.hpp"

#include "smelt/store/write_back.hpp"

#include <map>
#include <string>

namespace smelt::orchestrator {

/// Reads the rows of a sql source whose records stand in the relation `rows`.
class source_rows {
  public:
    /// p outlives it.
    explicit source_rows(const registered_pipeline &p) : pipeline_{p} {}

    /// By key, as this transaction sees them now. Throws usage_error where the key is no column of the query.
    std::map<std::string, store::reread_row> read(db::transaction &tx);

  private:
    const registered_pipeline &pipeline_;
    std::string query_; ///< made by the first read
};

} // namespace smelt::orchestrator
