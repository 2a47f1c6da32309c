#pragma once

#include <stdexcept>
#include <type_traits>

namespace smelt::db {

template <class... Args>
pqxx::result transaction::exec(std::string_view sql, const Args &...args) {
    if constexpr (sizeof...(Args) == 0) {
        return run(sql, nullptr, 0);
    } else {
        const parameter values[] = {parameter{args}...};
        return run(sql, values, sizeof...(Args));
    }
}

template <class... Args>
pqxx::row transaction::exec_one(std::string_view sql, const Args &...args) {
    const auto rows = exec(sql, args...);
    if (rows.size() != 1)
        throw std::logic_error{"expected one row but got " + std::to_string(rows.size()) + ": " + std::string{sql}};
    return rows[0];
}

template <class... Fields>
void copy_writer::row(const Fields &...fields) {
    const parameter values[] = {parameter{fields}...};
    write(values, sizeof...(Fields));
}

template <class Each>
void for_each_piece(transaction &tx, const std::string &sql, int rows_per_piece, Each each) {
    cursor rows{tx, sql};
    for (;;) {
        const auto piece = rows.fetch(rows_per_piece);
        if (piece.empty())
            break;
        if constexpr (std::is_void_v<decltype(each(piece))>)
            each(piece);
        else if (!each(piece))
            break;
        if (static_cast<int>(piece.size()) < rows_per_piece)
            break;
    }
    rows.close();
}

} // namespace smelt::db
