#pragma once

#include "smelt/core/ids.hpp"
#include "smelt/db/connection.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace smelt::store {

/// How far an account's listing was compared with the database.
struct compared {
    std::chrono::milliseconds age{}; ///< since the last comparison; since the installation was made when there was none
    std::chrono::milliseconds installation_age{};
    std::string now; ///< the database's clock, to be stored when the next one has found nothing
};

/// What is known of an account at a provider: somebody's batches at one base URL.
class accounts {
  public:
    explicit accounts(db::transaction &tx) : tx_{tx} {}

    compared compared_until(account_id a);
    void set_compared(account_id a, const std::string &now);
    /// Of these nonces, those that no batch has.
    std::vector<std::string> unknown_nonces(const std::vector<std::string> &nonces);

  private:
    db::transaction &tx_;
};

} // namespace smelt::store
