#pragma once

#include "statements.hpp"

#include "smelt/store/reports.hpp"

#include <string>

namespace smelt::store {

inline double real(const pqxx::field &field) {
    return field.is_null() ? 0 : field.as<double>();
}

inline std::optional<double> optional_real(const pqxx::field &field) {
    if (field.is_null())
        return std::nullopt;
    return field.as<double>();
}

inline std::optional<std::string> optional_text(const pqxx::field &field) {
    if (field.is_null())
        return std::nullopt;
    return text(field);
}

/// "2026-01-31 12:00:00.123456+00" -> "2026-01-31T12:00:00Z". Only right after use_utc.
std::string iso_time(std::string_view timestamp);

/// The columns NAME_at and NAME_ago.
std::optional<moment> moment_of(const pqxx::row &row, const std::string &name);

/// Times of this transaction are given in UTC.
inline void use_utc(db::transaction &tx) {
    tx.exec("SET LOCAL TimeZone = 'UTC'");
}

} // namespace smelt::store
