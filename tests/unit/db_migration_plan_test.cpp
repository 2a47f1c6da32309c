#include "catch.hpp"
#include "db/migration_plan.hpp"

#include "smelt/base/hash.hpp"

using namespace smelt;
using db::applied_migration;

namespace {

std::vector<db::migration> known() {
    return {{1, "0001_a.sql", "one"}, {2, "0002_b.sql", "two"}, {3, "0003_c.sql", "three"}};
}

applied_migration applied(const db::migration &step) {
    return {step.number, std::string{step.name}, sha256_hex(step.sql)};
}

} // namespace

TEST_CASE("Migrations are ordered by number, not by the order of embedding") {
    const embedded::file files[] = {{"migrations/0002_b.sql", "two"}, {"migrations/0001_a.sql", "one"}};
    const auto steps = db::migrations_of(files);
    REQUIRE(steps.size() == 2);
    CHECK(steps[0].number == 1);
    CHECK(steps[0].name == "0001_a.sql");
    CHECK(steps[1].sql == "two");
}

TEST_CASE("Gaps, doubles and nameless migrations are programming errors") {
    const embedded::file gap[] = {{"migrations/0001_a.sql", ""}, {"migrations/0003_c.sql", ""}};
    CHECK_THROWS_AS(db::migrations_of(gap), std::logic_error);
    const embedded::file twice[] = {{"migrations/0001_a.sql", ""}, {"migrations/0001_b.sql", ""}};
    CHECK_THROWS_AS(db::migrations_of(twice), std::logic_error);
    const embedded::file nameless[] = {{"migrations/schema.sql", ""}};
    CHECK_THROWS_AS(db::migrations_of(nameless), std::logic_error);
    const embedded::file bare[] = {{"migrations/0001", ""}};
    CHECK_THROWS_AS(db::migrations_of(bare), std::logic_error);
}

TEST_CASE("What is missing is the rest of the list") {
    const auto all = known();
    CHECK(db::missing_migrations(all, {}).size() == 3);
    const auto rest = db::missing_migrations(all, {applied(all[0]), applied(all[1])});
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].number == 3);
    CHECK(db::missing_migrations(all, {applied(all[0]), applied(all[1]), applied(all[2])}).empty());
}

TEST_CASE("A history that is not a prefix of the list is refused") {
    const auto all = known();
    CHECK_THROWS_WITH(db::missing_migrations(all, {applied(all[1])}), SMELT_CONTAINS("lacks number 1"));
    auto changed = applied(all[0]);
    changed.checksum = sha256_hex("other");
    CHECK_THROWS_WITH(db::missing_migrations(all, {changed}), SMELT_CONTAINS("0001_a.sql differs"));
    CHECK_THROWS_WITH(db::missing_migrations({all[0]}, {applied(all[0]), applied(all[1])}),
                      SMELT_CONTAINS("newer than this smelt") && SMELT_CONTAINS("0002_b.sql"));
}
