#include "catch.hpp"
#include "db/conninfo.hpp"

using namespace smelt::db;

TEST_CASE("A session's connection string adds to each of libpq's forms") {
    const auto words = session_conninfo("host=h user='a b'", "smelt run");
    CHECK_THAT(words, SMELT_CONTAINS("host=h user='a b' ") && SMELT_CONTAINS("client_encoding='UTF8'") &&
                          SMELT_CONTAINS("application_name='smelt run'") && SMELT_CONTAINS("keepalives_idle='60'"));
    const auto uri = session_conninfo("postgresql://u@h/db", "smelt run");
    CHECK_THAT(uri, SMELT_CONTAINS("postgresql://u@h/db?") && SMELT_CONTAINS("&application_name=smelt%20run"));
    CHECK_THAT(session_conninfo("postgres://u@h/db?sslmode=require", "x"), SMELT_CONTAINS("?sslmode=require&"));
    CHECK(session_conninfo("", "x").front() != ' ');
}

TEST_CASE("What the user chose himself stays") {
    CHECK_THAT(session_conninfo("connect_timeout=3 keepalives=0", "x"),
               !SMELT_CONTAINS("connect_timeout='10'") && !SMELT_CONTAINS("keepalives_idle"));
}

TEST_CASE("Values are quoted for libpq") {
    CHECK(conninfo_value(R"(it's a \ path)") == R"('it\'s a \\ path')");
}

TEST_CASE("A connection problem is one line without a password") {
    CHECK(connect_problem("connection to server failed:\n\tIs the server running?\n", "host=h password=geheim") ==
          "cannot connect to PostgreSQL: connection to server failed: Is the server running?");
    for (const char *message : {R"(missing "=" after "geheim" in connection info string)",
                                R"(invalid URI query parameter: "geheim")", "server said geheim"})
        CHECK_THAT(connect_problem(message, "password='geheim'"), !SMELT_CONTAINS("geheim"));
    CHECK_THAT(connect_problem("server said geheim", "postgresql://u:geheim@h/db"), !SMELT_CONTAINS("geheim"));
}

TEST_CASE("A connection problem comes with what to do") {
    CHECK_THAT(connect_hint("FATAL: database \"x\" does not exist"), SMELT_CONTAINS("create it"));
    CHECK_THAT(connect_hint("fe_sendauth: no password supplied"), SMELT_CONTAINS("PGPASSWORD"));
    CHECK_THAT(connect_hint("FATAL: sorry, too many clients already"), SMELT_CONTAINS("max_connections"));
    CHECK_THAT(connect_hint("Connection refused"), SMELT_CONTAINS("is the server running"));
}
