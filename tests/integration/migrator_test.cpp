#include "catch.hpp"
#include "temp_database.hpp"

#include "smelt/db/migrator.hpp"

#include <thread>

using namespace smelt;
using db::schema_state;
using test::temp_database;

namespace {

void execute(db::connection &c, const std::string &sql) {
    db::transaction tx{c};
    tx.exec(sql);
    tx.commit();
}

} // namespace

TEST_CASE("An empty database gets all migrations once") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "tests"};
    CHECK(db::inspect_schema(c) == schema_state::absent);
    const auto names = db::migrate(c);
    REQUIRE(names.size() == db::all_migrations().size());
    CHECK(names.front() == "0001_schema.sql");
    CHECK(db::inspect_schema(c) == schema_state::current);
    CHECK(db::migrate(c).empty());
    db::transaction tx{c};
    CHECK(tx.exec_one("SELECT count(*) FROM smelt.migration WHERE applied_at <= clock_timestamp()")[0]
              .as<std::size_t>() == names.size());
}

TEST_CASE("A database that lacks the last migration is older and gets that one alone") {
    const auto all = db::all_migrations();
    REQUIRE(all.size() > 1);
    const temp_database database;
    db::connection c{database.conninfo(), "tests"};
    // Only the record goes: applying it again fails on what is there already, and nothing of the attempt stays.
    execute(c, "DELETE FROM smelt.migration WHERE number = " + std::to_string(all.back().number));
    CHECK(db::inspect_schema(c) == schema_state::older);
}

TEST_CASE("Every unique key of the large tables begins with the pipeline") {
    const temp_database database;
    db::connection c{database.conninfo(), "tests"};
    CHECK(test::value_of(c,
                         "SELECT count(*) FROM pg_index WHERE indisunique AND indrelid IN ('smelt.record'::regclass, "
                         "'smelt.item'::regclass, 'smelt.attempt'::regclass)") == "4");
    CHECK(test::value_of(c,
                         "SELECT count(*) FROM pg_index AS x JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND "
                         "a.attnum = x.indkey[0] WHERE x.indisunique AND a.attname <> 'pipeline_id' AND x.indrelid IN "
                         "('smelt.record'::regclass, 'smelt.item'::regclass, 'smelt.attempt'::regclass)") == "0");
}

TEST_CASE("A migration that fails leaves nothing behind and says which one") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "tests"};
    execute(c, "CREATE SCHEMA smelt; CREATE TABLE smelt.item (mine int)");
    CHECK_THROWS_WITH(db::migrate(c), SMELT_CONTAINS("0001_schema.sql failed") && SMELT_CONTAINS("already exists"));
    CHECK(db::inspect_schema(c) == schema_state::absent);
    db::transaction tx{c};
    CHECK(tx.exec_one("SELECT count(*) FROM pg_class WHERE relnamespace = 'smelt'::regnamespace")[0].as<int>() == 1);
}

TEST_CASE("A changed migration is refused") {
    const temp_database database;
    db::connection c{database.conninfo(), "tests"};
    execute(c, "UPDATE smelt.migration SET checksum = 'other' WHERE number = 1");
    CHECK_THROWS_AS(db::inspect_schema(c), usage_error);
    CHECK_THROWS_WITH(db::migrate(c), SMELT_CONTAINS("0001_schema.sql differs"));
}

TEST_CASE("A database newer than the binary is refused") {
    const temp_database database;
    db::connection c{database.conninfo(), "tests"};
    execute(c, "INSERT INTO smelt.migration (number, name, checksum) VALUES (9999, '9999_future.sql', 'x')");
    CHECK_THROWS_WITH(db::inspect_schema(c),
                      SMELT_CONTAINS("newer than this smelt") && SMELT_CONTAINS("9999_future.sql"));
    CHECK_THROWS_AS(db::migrate(c), usage_error);
}

TEST_CASE("A role that may not create gets told so") {
    const temp_database database{temp_database::content::empty};
    db::connection c{database.conninfo(), "tests"};
    const auto role = "guest_of_" + database.name();
    execute(c, "CREATE ROLE " + role + " LOGIN");
    {
        const auto at = database.direct().find("user=smelt");
        REQUIRE(at != std::string::npos);
        auto conninfo = database.direct();
        conninfo.replace(at, 10, "user=" + role);
        db::connection guest{conninfo, "tests"};
        CHECK_THROWS_WITH(db::migrate(guest), SMELT_CONTAINS("0001_schema.sql is not allowed"));
    }
    execute(c, "DROP ROLE " + role);
}

TEST_CASE("Two that migrate at once apply each migration once") {
    const temp_database database{temp_database::content::empty};
    std::size_t here = 0;
    std::size_t there = 0;
    std::thread other{[&] {
        db::connection c{database.conninfo(), "tests"};
        there = db::migrate(c).size();
    }};
    {
        db::connection c{database.conninfo(), "tests"};
        here = db::migrate(c).size();
    }
    other.join();
    CHECK(here + there == db::all_migrations().size());
    CHECK((here == 0 || there == 0));
}
