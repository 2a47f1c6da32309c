#include "begin.hpp"

#include <vector>

namespace smelt::db {
namespace {

#if PQXX_VERSION_MAJOR >= 7

class limited_transaction final : public pqxx::internal::basic_transaction {
  public:
    limited_transaction(pqxx::connection &c, const std::string &command) : basic_transaction{c, command} {}
    limited_transaction(const limited_transaction &) = delete;
    limited_transaction &operator=(const limited_transaction &) = delete;
    ~limited_transaction() noexcept override { close(); }
};

#else

/// The library builds "BEGIN; SET TRANSACTION ISOLATION LEVEL " + its argument.
class limited_transaction final : public pqxx::internal::basic_transaction {
  public:
    limited_transaction(pqxx::connection &c, const std::string &command)
        : namedclass{"transaction"}, basic_transaction{c, command, pqxx::read_write} {
        Begin();
    }
    limited_transaction(const limited_transaction &) = delete;
    limited_transaction &operator=(const limited_transaction &) = delete;
    ~limited_transaction() noexcept override { End(); }
};

#endif

} // namespace

std::unique_ptr<pqxx::transaction_base> begin(pqxx::connection &c, bool read_only, const std::string &settings) {
    // A transaction that may write does not insist on it: on a replica it reads, and the first write says why not.
    const std::string modes = read_only ? "READ COMMITTED READ ONLY" : "READ COMMITTED";
#if PQXX_VERSION_MAJOR >= 7
    return std::make_unique<limited_transaction>(c, "BEGIN ISOLATION LEVEL " + modes + settings);
#else
    return std::make_unique<limited_transaction>(c, modes + settings);
#endif
}

pqxx::result execute(pqxx::transaction_base &tx, std::string_view sql, const parameter *values, std::size_t count) {
    if (count == 0)
        return tx.exec(std::string{sql});
    std::vector<std::string> copies; // of texts that no NUL follows
    copies.reserve(count);
    std::vector<const char *> texts(count, nullptr);
    for (std::size_t i = 0; i < count; ++i) {
        if (values[i].is_null())
            continue;
        const auto text = values[i].text();
        texts[i] = values[i].is_terminated() ? text.data() : copies.emplace_back(text).c_str();
    }
#if PQXX_VERSION_MAJOR >= 7
    pqxx::params bound;
    bound.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (texts[i] == nullptr)
            bound.append();
        else
            bound.append(pqxx::zview{texts[i], values[i].text().size()});
    }
    return tx.exec(sql, bound);
#else
    return tx.exec_params(std::string{sql}, pqxx::prepare::make_dynamic_params(texts));
#endif
}

pqxx::result execute_alone(pqxx::transaction_base &tx, std::string_view sql) {
    // The extended protocol takes one statement.
#if PQXX_VERSION_MAJOR >= 7
    return tx.exec(sql, pqxx::params{});
#else
    return tx.exec_params(std::string{sql}, pqxx::prepare::make_dynamic_params(std::vector<const char *>{}));
#endif
}

} // namespace smelt::db
