#include "catch.hpp"
#include "error_of.hpp"
#include "temp_database.hpp"

#include "smelt/base/error.hpp"
#include "smelt/store/rule_checks.hpp"
#include "smelt/store/rules.hpp"

using namespace smelt;
using store::expression;

namespace {

struct rules_world {
    smelt::test::temp_database database;
    db::connection connection{database.conninfo(), "test"};

    std::string refusal(const std::string &sql, expression::sees scope = expression::sees::output_and_fields) {
        return smelt::test::error_of<usage_error>([&] {
            store::check_expressions(connection, {{"rule r", sql, scope}}, "p.yaml:3");
        });
    }
};

} // namespace

TEST_CASE("an expression is not worked out over a value that no answer has") {
    rules_world w;
    for (const char *fine :
         {"(output #>> '{}')::numeric > 0", "(output->>'year')::int between 1900 and 2030", "output::text::int = 3",
          "(output->0)::int > (output->1)::int", "length(output #>> '{}') < 40 -- short"})
        CHECK_NOTHROW(store::check_expressions(w.connection, {{"rule r", fine}}, "p.yaml:3"));
    CHECK_NOTHROW(store::check_expressions(
        w.connection, {{"prefilter f", "(fields #>> '{a}')::int = 1", expression::sees::fields}}, "p"));
    CHECK_THAT(w.refusal("1/0 > 1"), SMELT_CONTAINS("p.yaml:3, rule r") && SMELT_CONTAINS("division by zero"));
    CHECK_THAT(w.refusal("output->>'a' = ''", expression::sees::fields), SMELT_CONTAINS("output"));
    CHECK_THAT(w.refusal("true) IS TRUE; SELECT (true"), SMELT_CONTAINS("PostgreSQL does not accept it"));
}

TEST_CASE("what leads out of an expression's role is refused, wherever it stands in it") {
    rules_world w;
    for (const char *call :
         {"set_config('role', 'postgres', true) IS NOT NULL", "pg_catalog.set_config('role', 'none', false) = ''",
          "(SELECT set_config('role', 'none', true)) = ''", "CASE WHEN output = '1' THEN pg_sleep(9) IS NULL END",
          "pg_read_file('/etc/passwd') > ''", "query_to_xml('select 1', true, true, '') IS NOT NULL",
          "table_to_xml('pg_class', true, true, '') IS NOT NULL", "lo_get(1) IS NULL", "lo_import('/etc/passwd') = 1",
          "pg_notify('a', 'b') IS NULL", "lastval() = 1", "pg_terminate_backend(1)", "random() > 0.5",
          "EXISTS (SELECT FROM pg_ls_dir('/'))", "EXISTS (SELECT FROM ts_stat('select 1'))",
          "coalesce(nullif(set_config('role', 'none', true), ''), 'x') = 'x'",
          "exists (select from jsonb_array_elements(output) e where set_config(e #>> '{}', 'none', true) = '')"}) {
        CAPTURE(call);
        CHECK_THAT(w.refusal(call), SMELT_CONTAINS("p.yaml:3, rule r") && SMELT_CONTAINS("it calls"));
    }
    CHECK_THAT(w.refusal("set_config('role', 'none', true) = ''", expression::sees::fields),
               SMELT_CONTAINS("set_config()"));
}

TEST_CASE("functions, operators and types outside of pg_catalog are refused") {
    rules_world w;
    {
        db::transaction tx{w.connection};
        tx.exec("CREATE FUNCTION public.mine(jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';"
                "CREATE OPERATOR public.=== (leftarg = jsonb, rightarg = jsonb, function = jsonb_eq);"
                "CREATE FUNCTION public.own_eq(jsonb, jsonb) RETURNS boolean LANGUAGE sql AS 'SELECT true';"
                "CREATE OPERATOR public.==== (leftarg = jsonb, rightarg = jsonb, function = public.own_eq);"
                "CREATE DOMAIN public.word AS text CHECK (length(value) > 0);");
        tx.commit();
    }
    CHECK_THAT(w.refusal("public.mine(output)"), SMELT_CONTAINS("mine") && SMELT_CONTAINS("not one of pg_catalog"));
    CHECK_THAT(w.refusal("output OPERATOR(public.====) output"), SMELT_CONTAINS("own_eq"));
    CHECK_THAT(w.refusal("(output->>'a')::public.word = 'a'"), SMELT_CONTAINS("word"));
    CHECK(w.refusal("output OPERATOR(public.===) output") == "no error");
}

TEST_CASE("what expressions are written with is not refused") {
    rules_world w;
    for (const char *fine :
         {"position(output->>'title' in fields->>'title') > 0", "output->>'a' ~* '^x' AND output ?& array['a', 'b']",
          "(SELECT bool_and(length(t) < 40) FROM jsonb_array_elements_text(output->'tags') AS t)",
          "(output->>'day')::date <= now()::date", "to_date(output->>'day', 'YYYY-MM-DD') < current_date",
          "jsonb_path_exists(output, '$.a[*] ? (@ > 1)')", "(output->>'n')::numeric % 2 = 0 OR output->>'n' IS NULL",
          "to_tsvector('english', output->>'a') @@ to_tsquery('english', 'x')", "current_setting('TimeZone') <> ''",
          "(SELECT count(*) FROM (SELECT DISTINCT x FROM jsonb_array_elements(output->'l') AS x) AS d) > 1",
          "similarity_is_no_function IS NULL OR true"}) {
        CAPTURE(fine);
        const bool is_last = std::string_view{fine}.starts_with("similarity");
        CHECK((w.refusal(fine) == "no error") != is_last);
    }
}

TEST_CASE("checking leaves nothing behind") {
    rules_world w;
    store::check_expressions(w.connection, {{"a", "true"}, {"b", "fields->>'x' = ''", expression::sees::fields}}, "p");
    db::transaction tx{w.connection};
    CHECK(tx.exec("SELECT 1 FROM pg_class WHERE relname = 'smelt_expressions'").empty());
}

namespace {

/// Three accepted attempts of batch 1 and one of another, in a transaction that is under way.
struct attempts_world : rules_world {
    attempts_world() {
        tx.exec("INSERT INTO smelt.record (id, pipeline_id, key, content_hash, fields) "
                "SELECT n, 1, 'k' || n, '', jsonb_build_object('n', n) FROM generate_series(1, 3) AS n");
        tx.exec("INSERT INTO smelt.attempt (record_id, pipeline_id, batch_id, task_id, score, outcome, cause, output) "
                "SELECT n, 1, b, 1, 1, 0, 0, jsonb_build_object('year', 1900 + n) "
                "FROM generate_series(1, 4) AS n, generate_series(1, 2) AS b");
    }
    std::optional<std::vector<store::broken_rules>> judge(const std::vector<std::string> &rules) {
        std::vector<expression> all;
        all.reserve(rules.size());
        for (const auto &sql : rules)
            all.push_back({"r", sql});
        return store::judge_attempts(connection, tx, {1}, {1}, all, {1, 2, 3});
    }
    db::transaction tx{connection};
};

} // namespace

TEST_CASE_METHOD(attempts_world, "attempts of a slice are judged where they stand, and only broken ones come back") {
    const auto broken = judge({"(output->>'year')::int < 1903", "fields->>'n' <> '2'", "true"});
    REQUIRE(broken);
    REQUIRE(broken->size() == 2);
    CHECK(broken->at(0).record == 2);
    CHECK(broken->at(0).found[0].holds);
    CHECK_FALSE(broken->at(0).found[1].holds);
    CHECK(broken->at(1).record == 3);
    CHECK_FALSE(broken->at(1).found[0].holds);
    CHECK(judge({"null IS NULL"}).value().empty());
    CHECK(judge({"null"}).value().size() == 3);
}

TEST_CASE_METHOD(attempts_world, "judging is read only, and leaves the transaction as it was") {
    const auto before = tx.exec_one("SELECT current_setting('search_path') || current_setting('statement_timeout')")[0];
    CHECK(judge({"current_setting('transaction_read_only') = 'on'",
                 "current_setting('search_path') = 'pg_catalog, smelt_functions'",
                 "current_setting('statement_timeout') = '1s'"})
              .value()
              .empty());
    CHECK(before == tx.exec_one("SELECT current_setting('search_path') || current_setting('statement_timeout')")[0]);
    tx.exec("DELETE FROM smelt.attempt WHERE record_id = 1");
    tx.commit();
}

TEST_CASE_METHOD(attempts_world, "an expression that raises an error or takes too long is left to be judged apart") {
    const std::string rule =
        GENERATE("1 / ((fields->>'n')::int - 3) < 100", "(SELECT count(*) FROM generate_series(1, 1000000000)) = 0");
    CHECK_FALSE(judge({"true", rule}));
}
