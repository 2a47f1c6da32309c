#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <pqxx/pqxx>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::store {

inline std::string text(const pqxx::field &field) {
    return field.is_null() ? std::string{} : std::string{field.c_str(), field.size()};
}

inline std::int64_t integer(const pqxx::field &field) {
    return field.is_null() ? 0 : field.as<std::int64_t>();
}

inline std::optional<std::int64_t> optional_integer(const pqxx::field &field) {
    if (field.is_null())
        return std::nullopt;
    return field.as<std::int64_t>();
}

template <class Id>
std::optional<Id> optional_id(const pqxx::field &field) {
    if (field.is_null())
        return std::nullopt;
    return Id{field.as<typename Id::rep>()};
}

template <class Id>
std::optional<typename Id::rep> raw(const std::optional<Id> &value) {
    if (!value)
        return std::nullopt;
    return value->value;
}

/// Empty text is stored as null.
inline std::optional<std::string> nullable(const std::string &value) {
    if (value.empty())
        return std::nullopt;
    return value;
}

/// Nothing is null: no choice among keys.
inline std::optional<std::string> optional_array(const std::optional<std::vector<std::string>> &values) {
    return values ? std::optional{db::array_literal(*values)} : std::nullopt;
}

inline std::vector<std::int64_t> integers(const pqxx::result &rows) {
    std::vector<std::int64_t> values;
    values.reserve(static_cast<std::size_t>(rows.size()));
    for (const auto &row : rows)
        values.push_back(row[0].as<std::int64_t>());
    return values;
}

} // namespace smelt::store
