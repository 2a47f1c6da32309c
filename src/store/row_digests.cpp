#include "smelt/store/row_digests.hpp"

#include "sql/records.hpp"
#include "statements.hpp"

#include "smelt/base/compress.hpp"

namespace smelt::store {

std::string row_digests::read(std::size_t piece) {
    const auto rows = tx_.exec(sql::load_digests_read, file_, load_, piece);
    return rows.empty() ? std::string{} : from_hex(db::view(rows[0][0]));
}

void row_digests::keep(std::size_t piece) {
    tx_.exec(sql::load_digests_keep, file_, load_, piece);
}

void row_digests::write(std::size_t piece, const std::string &bytes) {
    tx_.exec(sql::load_digests_write, file_, load_, piece, to_hex(bytes));
}

void row_digests::undo() {
    tx_.exec(sql::load_digests_undo, file_, load_);
}

void row_digests::replace() {
    tx_.exec(sql::load_digests_replace, file_, load_);
}

void row_digests::drop() {
    if (load_ != 0)
        tx_.exec(sql::load_digests_drop, file_);
}

} // namespace smelt::store
