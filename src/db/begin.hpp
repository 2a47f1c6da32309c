#pragma once

#include "smelt/db/parameter.hpp"

#include <pqxx/pqxx>

#include <memory>
#include <string>
#include <string_view>

/// The calls that differ between libpqxx 6 and 7.
namespace smelt::db {

/// A read-committed transaction whose BEGIN carries `settings` ("; SET LOCAL ...") in the same round trip.
std::unique_ptr<pqxx::transaction_base> begin(pqxx::connection &c, bool read_only, const std::string &settings);

/// One statement with bound parameters, or a script when there are none.
pqxx::result execute(pqxx::transaction_base &tx, std::string_view sql, const parameter *values, std::size_t count);

/// One statement without parameters; several are refused.
pqxx::result execute_alone(pqxx::transaction_base &tx, std::string_view sql);

} // namespace smelt::db
