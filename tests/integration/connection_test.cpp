#include "catch.hpp"
#include "temp_database.hpp"

#include "smelt/db/connection.hpp"

using namespace smelt;
using db::copy_writer;
using db::transaction;
using test::temp_database;

namespace {

std::string setting(transaction &tx, std::string_view name) {
    return tx.exec_one("SELECT current_setting($1)", name)[0].as<std::string>();
}

void kill_session_of(transaction &victim, const temp_database &database) {
    const auto pid = victim.exec_one("SELECT pg_backend_pid()")[0].as<int>();
    db::connection killer{database.direct(), "killer"};
    transaction tx{killer};
    REQUIRE(tx.exec_one("SELECT pg_terminate_backend($1, 10000)", pid)[0].as<bool>());
}

} // namespace

TEST_CASE("A transaction begins with its limits and leaves none behind") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "smelt tests"};
    {
        using namespace std::chrono_literals;
        transaction tx{c, {.read_only = true, .durable = true, .bounds = {.statement = 7s, .lock = 0s, .idle = 90s}}};
        CHECK(setting(tx, "statement_timeout") == "7s");
        CHECK(setting(tx, "lock_timeout") == "0");
        CHECK(setting(tx, "idle_in_transaction_session_timeout") == "90s");
        CHECK(setting(tx, "transaction_read_only") == "on");
        CHECK(setting(tx, "synchronous_commit") == "on");
        CHECK(setting(tx, "transaction_isolation") == "read committed");
        CHECK(setting(tx, "application_name") == "smelt tests");
        CHECK(setting(tx, "client_encoding") == "UTF8");
        tx.commit();
    }
    transaction tx{c};
    CHECK(setting(tx, "statement_timeout") == "5min");
    CHECK(setting(tx, "lock_timeout") == "30s");
    CHECK(setting(tx, "transaction_read_only") == "off");
}

TEST_CASE("Parameters of every kind arrive as they are") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "tests"};
    transaction tx{c};
    const std::string text = "a'b\"c\\ d\n\xc3\xa9";
    const std::string_view part = std::string_view{text}.substr(0, 3);
    const auto row = tx.exec_one(
        "SELECT $1::text, $2::text, $3::text, $4::bigint, $5::float8, $6::bool, $7::text IS NULL, $8::int, $9::int",
        text, part, "literal", std::int64_t{-9223372036854775807}, 0.1, true, std::optional<std::string>{},
        std::optional<int>{42}, batch_id{7});
    CHECK(row[0].as<std::string>() == text);
    CHECK(row[1].as<std::string>() == "a'b");
    CHECK(row[2].as<std::string>() == "literal");
    CHECK(row[3].as<std::int64_t>() == -9223372036854775807);
    CHECK(row[4].as<double>() == 0.1);
    CHECK(row[5].as<bool>());
    CHECK(row[6].as<bool>());
    CHECK(row[7].as<int>() == 42);
    CHECK(row[8].as<int>() == 7);
}

TEST_CASE("Array literals hold any text") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "tests"};
    transaction tx{c};
    const std::vector<std::optional<std::string>> values{"a", "", "NULL", "b,c", "{x}", "q\"\\q", " ", std::nullopt};
    const auto rows =
        tx.exec("SELECT v FROM unnest($1::text[]) WITH ORDINALITY AS t(v, n) ORDER BY n", db::array_literal(values));
    REQUIRE(rows.size() == static_cast<pqxx::result::size_type>(values.size()));
    for (pqxx::result::size_type i = 0; i < rows.size(); ++i) {
        const auto &expected = values[static_cast<std::size_t>(i)];
        CHECK(rows[i][0].is_null() == !expected.has_value());
        if (expected)
            CHECK(db::view(rows[i][0]) == *expected);
    }
    CHECK(tx.exec_one("SELECT sum(v) FROM unnest($1::bigint[]) v",
                      db::array_literal(std::vector<std::int64_t>{1, -2, 5000000000}))[0]
              .as<std::int64_t>() == 4999999999);
    CHECK(tx.exec_one("SELECT cardinality($1::int[])", db::array_literal(std::vector<std::int32_t>{}))[0].as<int>() ==
          0);
}

TEST_CASE("COPY keeps every byte that PostgreSQL can hold") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "tests"};
    transaction tx{c};
    tx.exec("CREATE TEMP TABLE t (n int, v text, w jsonb, b bool) ON COMMIT DROP");
    std::vector<std::string> texts{"", "\\", "\\.", "\\N", "a\tb", "line\nline\r\n", std::string(200'000, '\\')};
    std::string all;
    for (int byte = 1; byte < 128; ++byte)
        all += static_cast<char>(byte);
    texts.push_back(all + "\xf0\x9f\x8e\x89" + all);
    {
        copy_writer copy{tx, "t", {"n", "v", "w", "b"}};
        for (std::size_t i = 0; i < texts.size(); ++i)
            copy.row(i, texts[i], std::optional<std::string_view>{R"({"a": "x\\ny"})"}, i % 2 == 0);
        copy.row(99, nullptr, std::nullopt, std::optional<bool>{});
        copy.complete();
    }
    const auto rows = tx.exec("SELECT v, w ->> 'a', b FROM t ORDER BY n");
    REQUIRE(rows.size() == static_cast<pqxx::result::size_type>(texts.size()) + 1);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto row = rows[static_cast<pqxx::result::size_type>(i)];
        CHECK(db::view(row[0]) == texts[i]);
        CHECK(db::view(row[1]) == "x\\ny");
        CHECK(row[2].as<bool>() == (i % 2 == 0));
    }
    const auto last = rows[rows.size() - 1];
    CHECK((last[0].is_null() && last[1].is_null() && last[2].is_null()));
}

TEST_CASE("COPY sends more rows than fit into a block, in order") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "tests"};
    transaction tx{c};
    tx.exec("CREATE TEMP TABLE t (n int, v text) ON COMMIT DROP");
    copy_writer copy{tx, "t", {"n", "v"}};
    for (int i = 0; i < 5000; ++i)
        copy.row(i, std::string(static_cast<std::size_t>(i % 97), 'x'));
    copy.complete();
    const auto row = tx.exec_one("SELECT count(*), sum(n), bool_and(length(v) = n % 97) FROM t");
    CHECK(row[0].as<int>() == 5000);
    CHECK(row[1].as<int>() == 5000 * 4999 / 2);
    CHECK(row[2].as<bool>());
    tx.commit();
}

TEST_CASE("A COPY that is not complete cannot be committed") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "tests"};
    {
        transaction tx{c};
        tx.exec("CREATE TABLE t (n int)");
        tx.commit();
    }
    {
        transaction tx{c};
        {
            copy_writer copy{tx, "t", {"n"}};
            copy.row(1);
        }
        CHECK_THROWS_AS(tx.commit(), std::logic_error);
    }
    transaction tx{c};
    CHECK(tx.exec_one("SELECT count(*) FROM t")[0].as<int>() == 0);
}

TEST_CASE("A COPY that the server refuses throws and ends the transaction") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "tests"};
    transaction tx{c};
    tx.exec("CREATE TEMP TABLE t (n int PRIMARY KEY) ON COMMIT DROP");
    const auto twice = [&] {
        copy_writer copy{tx, "t", {"n"}};
        copy.row(1);
        copy.row(1);
        copy.complete();
    };
    CHECK_THROWS_AS(twice(), pqxx::sql_error);
    CHECK_THROWS_AS(tx.commit(), std::logic_error);
}

TEST_CASE("A NUL is refused before it could cut a text") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "tests"};
    transaction tx{c};
    const std::string nul{"ab\0c", 4};
    CHECK_THROWS_WITH(tx.exec("SELECT $1::text, $2::text", "x", nul), SMELT_CONTAINS("parameter $2 holds a NUL"));
    CHECK_THROWS_AS(tx.exec("SELECT $1::text[]", db::array_literal(std::vector<std::string>{nul})), usage_error);
    tx.exec("CREATE TEMP TABLE t (n int, v text) ON COMMIT DROP");
    copy_writer copy{tx, "t", {"n", "v"}};
    CHECK_THROWS_WITH(copy.row(1, nul), SMELT_CONTAINS("column 2 of a row for t holds a NUL"));
    copy.row(2, "kept");
    copy.complete();
    CHECK(tx.exec_one("SELECT string_agg(v, '') FROM t")[0].as<std::string>() == "kept");
    tx.commit();
}

TEST_CASE("A transaction that failed cannot be committed unless it went back to a savepoint") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "tests"};
    transaction tx{c};
    tx.exec("SAVEPOINT s");
    CHECK_THROWS_AS(tx.exec("SELECT 1 / $1::int", 0), pqxx::sql_error);
    CHECK_THROWS_AS(tx.commit(), std::logic_error);
    tx.exec("ROLLBACK TO s");
    CHECK(tx.exec_one("SELECT 1")[0].as<int>() == 1);
    tx.commit();
}

TEST_CASE("One row means one row") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "tests"};
    transaction tx{c};
    CHECK_THROWS_AS(tx.exec_one("SELECT 1 WHERE false"), std::logic_error);
    CHECK_THROWS_AS(tx.exec_one("SELECT generate_series(1, 2)"), std::logic_error);
}

TEST_CASE("A query is read in pieces, also two at once, and reading may stop early") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "tests"};
    transaction tx{c};
    std::vector<int> sizes;
    int inner = 0;
    db::for_each_piece(tx, "SELECT generate_series(1, 25)", 10, [&](const pqxx::result &piece) {
        sizes.push_back(static_cast<int>(piece.size()));
        db::for_each_piece(tx, "SELECT generate_series(1, 20)", 10, [&](const pqxx::result &p) {
            inner += static_cast<int>(p.size());
            return false;
        });
    });
    CHECK(sizes == std::vector<int>{10, 10, 5});
    CHECK(inner == 30);
    tx.commit();
}

TEST_CASE("A session that is killed between statements is reported as unavailable") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.direct(), "victim"};
    transaction tx{c};
    kill_session_of(tx, database);
    CHECK_THROWS_AS(tx.exec("SELECT 1"), unavailable);
    CHECK_FALSE(c.is_open());
}

TEST_CASE("A commit whose session is gone has no known outcome") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.direct(), "victim"};
    transaction tx{c};
    kill_session_of(tx, database);
    CHECK_THROWS_AS(tx.commit(), db::outcome_unknown);
}

TEST_CASE("A server that cannot be reached is named without its password") {
    try {
        const db::connection c{"host=/nonexistent dbname=x user=y password=geheim", "tests"};
        FAIL("connected to nothing");
    } catch (const unavailable &e) {
        CHECK_THAT(e.what(), SMELT_CONTAINS("/nonexistent/.s.PGSQL.5432") && !SMELT_CONTAINS("geheim"));
        CHECK_THAT(e.hint(), SMELT_CONTAINS("is the server running"));
    }
    try {
        const db::connection c{"host=/nonexistent password=ge heim", "tests"};
        FAIL("connected to nothing");
    } catch (const unavailable &e) {
        CHECK_THAT(e.what(), !SMELT_CONTAINS("heim"));
        CHECK_THAT(e.hint(), SMELT_CONTAINS("postgresql://"));
    }
}

TEST_CASE("A database that does not exist is named with what to do") {
    const temp_database database{temp_database::content::empty};
    const auto server = database.direct().substr(0, database.direct().find(" dbname="));
    try {
        const db::connection c{server + " dbname=smelt_nonexistent", "tests"};
        FAIL("connected to nothing");
    } catch (const unavailable &e) {
        CHECK_THAT(e.what(), SMELT_CONTAINS("smelt_nonexistent"));
        CHECK_THAT(e.hint(), SMELT_CONTAINS("create it"));
    }
}
