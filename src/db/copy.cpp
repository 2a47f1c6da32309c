#include "guard.hpp"

#include "smelt/db/connection.hpp"

#if PQXX_VERSION_MAJOR < 7
namespace smelt::db {
/// Rows that are in COPY's text form already.
struct ready_rows {
    const std::string *text;
};
} // namespace smelt::db

namespace pqxx::internal {
/// The library escapes a field by four copies; a whole block of rows passes as one "field" that needs no escaping.
template <>
inline std::string TypedCopyEscaper::operator()<smelt::db::ready_rows>(const smelt::db::ready_rows *t) const {
    return *t->text;
}
} // namespace pqxx::internal
#endif

namespace smelt::db {
namespace {

#if PQXX_VERSION_MAJOR >= 7
std::unique_ptr<pqxx::stream_to> open(pqxx::transaction_base &tx, const std::string &table,
                                      const std::vector<std::string> &columns) {
    return std::unique_ptr<pqxx::stream_to>{
        new pqxx::stream_to(pqxx::stream_to::raw_table(tx, table, tx.conn().quote_columns(columns)))};
}
#else
constexpr std::size_t block_size = 64UL * 1024;

std::unique_ptr<pqxx::stream_to> open(pqxx::transaction_base &tx, const std::string &table,
                                      const std::vector<std::string> &columns) {
    std::vector<std::string> quoted;
    quoted.reserve(columns.size());
    for (const auto &column : columns)
        quoted.push_back(tx.quote_name(column));
    return std::make_unique<pqxx::stream_to>(tx, table, quoted);
}

constexpr bool is_special(char c) {
    return c == '\\' || c == '\n' || c == '\t' || c == '\r';
}

/// Length of the prefix that needs no escaping. Blocks of a fixed size let the compiler compare many bytes at once.
std::size_t plain_length(std::string_view text) {
    constexpr std::size_t step = 32;
    std::size_t i = 0;
    for (; i + step <= text.size(); i += step) {
        unsigned char found = 0;
        for (std::size_t k = 0; k < step; ++k)
            found = static_cast<unsigned char>(found | static_cast<unsigned char>(is_special(text[i + k])));
        if (found != 0)
            break;
    }
    while (i < text.size() && !is_special(text[i]))
        ++i;
    return i;
}

void append_escaped(std::string &out, std::string_view text) {
    for (;;) {
        const auto plain = plain_length(text);
        out.append(text.substr(0, plain));
        if (plain == text.size())
            return;
        const char c = text[plain];
        out += '\\';
        out += c == '\n' ? 'n' : c == '\t' ? 't' : c == '\r' ? 'r' : '\\';
        text.remove_prefix(plain + 1);
    }
}
#endif

} // namespace

copy_writer::copy_writer(transaction &tx, const std::string &table, const std::vector<std::string> &columns)
    : transaction_{tx}, table_{table} {
    stream_ = guarded(tx.connection_, tx.failed_, [&] { return open(tx.raw(), table, columns); });
    ++tx.open_copies_;
}

copy_writer::~copy_writer() = default;

void copy_writer::write(const parameter *fields, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        refuse_nul(fields[i], "column " + std::to_string(i + 1) + " of a row for " + table_);
#if PQXX_VERSION_MAJOR >= 7
    fields_.clear();
    for (std::size_t i = 0; i < count; ++i)
        fields_.push_back(fields[i].is_null() ? std::nullopt : std::optional{fields[i].text()});
    guarded(transaction_.connection_, transaction_.failed_, [&] { stream_->write_row(fields_); });
#else
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0)
            block_ += '\t';
        if (fields[i].is_null())
            block_ += "\\N";
        else if (fields[i].is_number())
            block_ += fields[i].text();
        else
            append_escaped(block_, fields[i].text());
    }
    if (block_.size() >= block_size)
        flush();
    else
        block_ += '\n';
#endif
}

void copy_writer::flush() {
#if PQXX_VERSION_MAJOR < 7
    if (!block_.empty() && block_.back() == '\n')
        block_.pop_back(); // the library adds the last one
    guarded(transaction_.connection_, transaction_.failed_, [&] { *stream_ << std::make_tuple(ready_rows{&block_}); });
    block_.clear();
#endif
}

void copy_writer::complete() {
    if (!block_.empty())
        flush();
    guarded(transaction_.connection_, transaction_.failed_, [&] { stream_->complete(); });
    complete_ = true;
    --transaction_.open_copies_;
}

} // namespace smelt::db
