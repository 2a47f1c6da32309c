#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace smelt::store {

/// How far the listing that an account shows to a key was compared with the database.
struct compared {
    std::chrono::milliseconds age{}; ///< since the last comparison; since the installation was made when there was none
    std::string now;                 ///< the database's clock, to be stored when the next comparison has found nothing
};

/// What the provider lists against what the database knows.
class listings {
  public:
    explicit listings(db::transaction &tx) : tx_{tx} {}

    compared compared_until(account_id a, const std::string &key_fingerprint);
    void set_compared(account_id a, const std::string &key_fingerprint, const std::string &now);
    /// Since this database's schema was made.
    std::chrono::milliseconds installation_age();
    /// Of these nonces, those that no batch has.
    std::vector<std::string> unrecognised_nonces(const std::vector<std::string> &nonces);
    /// Of these remote ids, those that no batch has.
    std::vector<std::string> unrecognised_jobs(const std::vector<std::string> &remote_ids);
    /// Remote id by nonce, of the batches among these that have one.
    std::map<std::string, std::string> jobs_of(const std::vector<std::string> &nonces);

  private:
    std::vector<std::string> unrecognised_of(const db::statement<1> &statement, const std::vector<std::string> &listed);

    db::transaction &tx_;
};

} // namespace smelt::store
