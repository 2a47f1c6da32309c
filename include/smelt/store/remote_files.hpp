#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace smelt::store {

/// Files at the provider that a batch which is over has left there.
struct remote_file {
    batch_id batch;
    std::string nonce;
    std::string key_fingerprint;    ///< of the key that last saw the batch; another one may not see its files
    std::vector<std::string> files; ///< their ids
    bool unnamed = false;           ///< the run that uploaded died before it could write the id down, if it uploaded
    std::chrono::milliseconds age{};
};

class remote_files {
  public:
    explicit remote_files(db::transaction &tx) : tx_{tx} {}

    /// At most a hundred of an account at a time. Those of closed batches only when `closed_too`; those of abandoned
    /// batches whose create may have been sent only when they were abandoned longer ago than `late_duplicates`.
    std::vector<remote_file> to_delete(pipeline_id p, account_id a, bool closed_too,
                                       std::chrono::milliseconds late_duplicates);
    void deleted(batch_id b);

  private:
    db::transaction &tx_;
};

} // namespace smelt::store
