#pragma once

#include "smelt/db/connection.hpp"

#include <chrono>

namespace smelt::store {

inline constexpr std::chrono::seconds rule_timeout{5};

/// To pg_catalog, and to smelt_rules where the administrator made that role and granted it to us, until the
/// transaction or savepoint ends. False: that role may not read answers.
bool confine(db::transaction &tx);

/// Read only, confined, 5 s.
class rule_transaction {
  public:
    explicit rule_transaction(db::connection &c)
        : tx_{c, {.read_only = true, .durable = false, .bounds = {.statement = rule_timeout}}} {
        confine(tx_);
    }
    db::transaction &get() { return tx_; }

  private:
    db::transaction tx_;
};

} // namespace smelt::store
