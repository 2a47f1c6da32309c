#include "temp_database.hpp"

#include "smelt/base/hash.hpp"
#include "smelt/db/migrator.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <unistd.h>

namespace smelt::test {
namespace {

const char *const started = SMELT_BINARY_DIR "/test-postgres/direct";

std::string from_file(const std::string &file) {
    std::ifstream in{file};
    std::string text;
    if (!std::getline(in, text))
        throw std::runtime_error{"no test server: " + file + " is missing. Run the tests with ctest, or first run\n  " +
                                 SMELT_BINARY_DIR "/bin/test-postgres start " SMELT_BINARY_DIR "/test-postgres"};
    return text;
}

/// The value of a variable, or what the file holds that it names with "@".
std::string server(const char *variable, const std::string &otherwise) {
    const char *value = std::getenv(variable);
    const std::string text = value != nullptr && *value != '\0' ? value : otherwise;
    return text.starts_with('@') ? from_file(text.substr(1)) : text;
}

std::string tested_server() {
    return server("SMELT_TEST_DB", std::string{"@"} + started);
}

/// Templates and databases are made without PgBouncer, whose idle connections would be in the way.
std::string direct_server() {
    const char *tested = std::getenv("SMELT_TEST_DB");
    const bool own = tested != nullptr && *tested != '\0' && *tested != '@';
    return server("SMELT_TEST_ADMIN_DB", own ? tested : std::string{"@"} + started);
}

db::connection connect(const std::string &database) {
    return {direct_server() + " dbname=" + database, "tests"};
}

std::string template_name() {
    sha256_stream hash;
    for (const auto &step : db::all_migrations())
        hash.add(step.sql);
    return "smelt_template_" + hash.hex().substr(0, 16);
}

/// Makes the migrated database that all others are copied from. It counts once it is marked as a template: a test run
/// that was killed leaves an unmarked one, which is made anew.
void make_template(pqxx::nontransaction &tx, const std::string &name) {
    const auto ready = tx.exec("SELECT 1 FROM pg_database WHERE datistemplate AND datname = " + tx.quote(name));
    if (!ready.empty())
        return;
    tx.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    tx.exec("CREATE DATABASE " + name + " TEMPLATE template0");
    {
        auto c = connect(name);
        db::migrate(c);
    }
    tx.exec("ALTER DATABASE " + name + " IS_TEMPLATE true");
}

void create(const std::string &name, temp_database::content with) {
    auto c = connect("postgres");
    pqxx::nontransaction tx{c.raw()};
    if (with == temp_database::content::empty) {
        tx.exec("CREATE DATABASE " + name + " TEMPLATE template0");
        return;
    }
    // Held until the session ends: tests run at the same time, and a template cannot be copied while it is made.
    tx.exec("SELECT pg_advisory_lock(7365)");
    const auto source = template_name();
    make_template(tx, source);
    tx.exec("CREATE DATABASE " + name + " TEMPLATE " + source);
}

std::string new_name(bool kept) {
    return (kept ? "smelt_kept_" : "smelt_test_") + std::to_string(::getpid()) + '_' + random_nonce().substr(0, 8);
}

bool is_kept() {
    return std::getenv("SMELT_KEEP_DB") != nullptr;
}

} // namespace

temp_database::temp_database(content with)
    : name_{new_name(is_kept())},
      conninfo_{tested_server() + " dbname=" + name_},
      direct_{direct_server() + " dbname=" + name_} {
    create(name_, with);
    if (is_kept())
        std::cerr << "SMELT_KEEP_DB: psql \"" << direct_ << "\"\n";
}

temp_database::~temp_database() {
    if (is_kept())
        return;
    try {
        auto c = connect("postgres");
        pqxx::nontransaction{c.raw()}.exec("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
    } catch (const std::exception &e) {
        std::cerr << "cannot drop " << name_ << ": " << e.what() << '\n';
    }
}

std::string value_of(db::connection &c, const std::string &query) {
    db::transaction tx{c};
    const auto value = tx.exec_one(query)[0];
    return value.is_null() ? "null" : value.c_str();
}

bool through_pgbouncer() {
    return tested_server() != direct_server();
}

} // namespace smelt::test
