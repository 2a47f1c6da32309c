#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace smelt::store {

/// Removes the content of old attempts and of what was fetched, some rows at a time. Once a day it looks at all closed
/// batches; where it has come is stored.
class retention {
  public:
    retention(db::transaction &tx, pipeline_id p, const config::retention_spec &spec)
        : tx_{tx}, pipeline_{p}, spec_{spec} {}

    /// Whether the daily look is due, or has not come to its end.
    bool is_due();
    struct step {
        std::int64_t looked = 0;
        std::int64_t removed = 0;
        bool is_over = false; ///< the look has come to its end
    };
    /// Looks at up to so many attempts of one batch.
    step go_on(std::int64_t most);
    /// About how many bytes are old by now. Looks at every answer.
    std::int64_t would_free();
    /// Returns how many bodies of web services it has removed, up to `most`.
    std::int64_t remove_fetched(std::int64_t most);

  private:
    db::transaction &tx_;
    pipeline_id pipeline_;
    const config::retention_spec &spec_;
};

} // namespace smelt::store
