#include "catch.hpp"
#include "sql/analysis.hpp"
#include "sql/answers.hpp"
#include "sql/batches.hpp"
#include "sql/budgets.hpp"
#include "sql/catalog.hpp"
#include "sql/estimates.hpp"
#include "sql/forgetting.hpp"
#include "sql/health.hpp"
#include "sql/holds.hpp"
#include "sql/installation.hpp"
#include "sql/items.hpp"
#include "sql/listings.hpp"
#include "sql/reports.hpp"
#include "sql/results.hpp"
#include "sql/retention.hpp"
#include "sql/runners.hpp"
#include "temp_database.hpp"

#include "smelt/base/compress.hpp"
#include "smelt/store/health.hpp"
#include "smelt/store/reports.hpp"

#include <map>
#include <span>

using namespace smelt;
using store::health;
using store::reports;

namespace {

/// One closed batch (a accepted, b rejected for good) and one open one (c), as runs leave them.
constexpr const char *small_world = R"(
INSERT INTO smelt.pipeline (name, file) VALUES ('papers', 'papers.yaml'), ('other', 'other.yaml');
INSERT INTO smelt.task (pipeline_id, name) VALUES (1, 'extract');
INSERT INTO smelt.task_version (pipeline_id, task_id, hash, definition) VALUES (1, 1, 'v', '{"score": {"review_below": 0.95}}');
UPDATE smelt.task SET current_version_id = 1;
INSERT INTO smelt.account (provider, base_url) VALUES ('openai', 'http://127.0.0.1:1/v1');
INSERT INTO smelt.record (id, pipeline_id, key, content_hash, fields, line)
VALUES (1, 1, 'a', 'x', '{"title": "A", "n": 12345678901234567890123}', 2), (2, 1, 'b', 'x', '{"title": "B"}', 3), (3, 1, 'c', 'x', '{}', 4);
INSERT INTO smelt.batch (pipeline_id, task_id, task_version_id, account_id, state, nonce, model, remote_id, claimed, sent, accepted,
                         rejected, input_tokens, output_tokens, cost_picousd, score_sum, submitted_at, closed_at)
VALUES (1, 1, 1, 1, 5, repeat('a', 26), 'm', 'batch_a', 2, 2, 1, 1, 20, 8, 3000000, 0.9, now() - interval '2 h', now() - interval '1 h'),
       (1, 1, 1, 1, 3, repeat('b', 26), 'm', 'batch_b', 1, 1, 0, 0, 0, 0, 0, 0, now(), NULL);
INSERT INTO smelt.item (record_id, pipeline_id, task_id, status, claimable, batch_id, accepted_batch_id, attempts, review)
VALUES (1, 1, 1, 2, false, 1, 1, 0, 'w'), (2, 1, 1, 3, false, 1, NULL, 3, 'n'), (3, 1, 1, 1, false, 2, NULL, 0, 'n');
INSERT INTO smelt.attempt (record_id, pipeline_id, batch_id, task_id, input_tokens, output_tokens, cost_picousd, outcome, cause, score,
                           output, findings)
VALUES (1, 1, 1, 1, 10, 4, 1000000, 0, 0, 0.9, '{"year": 2001}', '[{"rule": "grounded", "severity": "soft", "message": "not there"}]'),
       (2, 1, 1, 1, 10, 4, 2000000, 1, 2, NULL, NULL, '[{"rule": "year", "severity": "hard", "message": "year out of range"}]');
)";

struct world {
    world() {
        tx.exec(small_world);
        tx.exec("UPDATE smelt.attempt SET raw = decode($1, 'hex') WHERE record_id = 2",
                to_hex(deflate("{\"year\": 3000}")));
    }
    smelt::test::temp_database database;
    db::connection connection{database.conninfo(), "test"};
    db::transaction tx{connection};
};

} // namespace

TEST_CASE("every statement that needs no table of a load is one that PostgreSQL accepts") {
    smelt::test::temp_database database;
    db::connection connection{database.conninfo(), "test"};
    constexpr std::string_view cursor = "DECLARE claimed NO SCROLL CURSOR FOR";
    const auto prepare = [&](std::span<const db::named_statement> statements) {
        for (const auto &s : statements) {
            INFO(s.name);
            const auto text = s.text.starts_with(cursor) ? s.text.substr(cursor.size()) : s.text;
            db::transaction tx{connection};
            CHECK_NOTHROW(tx.exec("PREPARE statement AS " + std::string{text}));
            CHECK_NOTHROW(tx.exec("DEALLOCATE statement"));
        }
    };
    namespace sql = store::sql;
    prepare(sql::all_of_answers);
    prepare(sql::all_of_estimates);
    prepare(sql::all_of_forgetting);
    prepare(sql::all_of_installation);
    prepare(sql::all_of_retention);
    prepare(sql::all_of_budgets);
    prepare(sql::all_of_analysis);
    prepare(sql::all_of_batches);
    prepare(sql::all_of_catalog);
    prepare(sql::all_of_health);
    prepare(sql::all_of_holds);
    prepare(sql::all_of_items);
    prepare(sql::all_of_listings);
    prepare(sql::all_of_reports);
    prepare(sql::all_of_results);
    prepare(sql::all_of_runners);
}

TEST_CASE("status counts items, tokens and money, and knows how fast batches were answered") {
    world w;
    const auto tasks = reports{w.tx}.status("papers");
    REQUIRE(tasks.size() == 1);
    const auto &t = tasks[0];
    CHECK(t.total == 3);
    CHECK(t.extracted == 1);
    CHECK(t.failed_validation == 1);
    CHECK(t.submitted == 1);
    CHECK(t.open_batches == 1);
    CHECK(t.open_requests == 1);
    CHECK(t.requests_per_second == Approx(2.0 / 3600));
    CHECK(t.mean_score == Approx(0.9));
    CHECK(t.cost_usd == "0.000003");
    CHECK(reports{w.tx}.status("nobody").empty());
    CHECK(reports{w.tx}.status("").size() == 1);
}

TEST_CASE("batches are told in words and UTC, and open ones apart") {
    world w;
    w.tx.exec("UPDATE smelt.batch SET submitted_at = '2026-01-31 12:00:00.5+02' WHERE id = 1");
    const auto all = reports{w.tx}.batches("papers", false);
    REQUIRE(all.size() == 2);
    CHECK(all[0].state == "closed");
    CHECK(all[0].submitted->iso == "2026-01-31T10:00:00Z");
    CHECK_FALSE(all[0].last_checked.has_value());
    const auto open = reports{w.tx}.batches("", true);
    REQUIRE(open.size() == 1);
    CHECK(open[0].id == 2);
    CHECK(open[0].waiting == 1);
    CHECK(reports{w.tx}.place_of({1})->state == "closed");
    CHECK_FALSE(reports{w.tx}.place_of({17}).has_value());
}

TEST_CASE("a failure comes with its reason and the answer as the model gave it") {
    world w;
    const auto failures = reports{w.tx}.failures({1}, 10);
    REQUIRE(failures.size() == 1);
    CHECK(failures[0].key == "b");
    CHECK(failures[0].cause == "rule");
    CHECK(failures[0].message == "year out of range");
    CHECK(failures[0].attempts == 3);
    CHECK(failures[0].source_line == 3);
    CHECK(failures[0].answer == "{\"year\": 3000}");
    CHECK(reports{w.tx}.failures({2}, 10).empty());

    w.tx.exec("UPDATE smelt.attempt SET raw = 'not zlib' WHERE record_id = 2");
    CHECK_THAT(reports{w.tx}.failures({1}, 10)[0].answer, SMELT_CONTAINS("cannot be read"));
}

TEST_CASE("failures by cause have one example each with how many there are") {
    world w;
    w.tx.exec("UPDATE smelt.item SET status = 3, batch_id = 1 WHERE record_id = 3");
    w.tx.exec("INSERT INTO smelt.attempt (record_id, pipeline_id, batch_id, task_id, outcome, cause, message) "
              "VALUES (3, 1, 1, 1, 1, 2, 'another rule')");
    const auto causes = reports{w.tx}.failure_causes({1});
    REQUIRE(causes.size() == 1);
    CHECK(causes[0].cause == "rule");
    CHECK(causes[0].items == 2);
    CHECK(causes[0].key == "b");
    CHECK(causes[0].answer == "{\"year\": 3000}");
    CHECK(reports{w.tx}.failures({1}, 10).at(1).items == 1);
}

TEST_CASE("answers come newest first, with what their requests were made of, and as they are asked for") {
    world w;
    auto all = reports{w.tx}.answers({1}, {.limit = 10});
    REQUIRE(all.size() == 2);
    CHECK(all[0].key == "a");
    CHECK(all[0].outcome == "accepted");
    CHECK(all[0].answer == "{\"year\": 2001}");
    CHECK(all[1].answer == "{\"year\": 3000}");
    CHECK(all[1].message == "year out of range");
    CHECK(all[1].fields == "{\"title\": \"B\"}");
    CHECK(all[1].version == 1);
    CHECK_FALSE(all[1].record_changed);
    CHECK(reports{w.tx}.answers({1}, {.limit = 1}).size() == 1);
    CHECK(reports{w.tx}.answers({2}, {.limit = 10}).empty());
    CHECK(reports{w.tx}.answers({1}, {.cause = "schema", .limit = 10}).empty());
    CHECK(reports{w.tx}.answers({1}, {.key = "a", .limit = 10}).size() == 1);

    w.tx.exec("UPDATE smelt.record SET changed_at = now() + interval '1 s' WHERE id = 2");
    const auto rejected = reports{w.tx}.answers({1}, {.rejected = true, .limit = 10});
    REQUIRE(rejected.size() == 1);
    CHECK(rejected[0].key == "b");
    CHECK(rejected[0].record_changed);
}

TEST_CASE("an answer stays in the export while its item is asked again") {
    world w;
    w.tx.exec("UPDATE smelt.item SET status = 0, claimable = true, batch_id = NULL WHERE record_id = 1");
    reports r{w.tx};
    REQUIRE(r.records_to_export({1}, {1}, false, -1, 10) == std::vector<std::int64_t>{1});
    const auto page = r.export_page({1}, {1}, {1});
    REQUIRE(page.size() == 1);
    CHECK(page[0].items[0].superseded);
    CHECK(page[0].items[0].status == "pending");
    CHECK(page[0].items[0].is_answered);
}

TEST_CASE("export pages hold results with all their digits, or every record when asked") {
    world w;
    reports r{w.tx};
    CHECK(r.records_to_export({1}, {1}, true, -1, 2) == std::vector<std::int64_t>{1, 2});
    CHECK(r.records_to_export({1}, {1}, true, 2, 2) == std::vector<std::int64_t>{3});
    CHECK(r.records_to_export({1}, {1}, false, std::vector<std::string>{"b", "a"}) == std::vector<std::int64_t>{1});
    CHECK(r.records_to_export({1}, {1}, true, std::vector<std::string>{"b", "a", "z"}) ==
          std::vector<std::int64_t>{1, 2});
    const auto page = r.export_page({1}, {1}, {1, 2, 3});
    REQUIRE(page.size() == 3);
    CHECK(page[0].key == "a");
    CHECK_THAT(page[0].fields, SMELT_CONTAINS("12345678901234567890123"));
    const auto &item = page[0].items[0];
    CHECK(item.output == "{\"year\": 2001}");
    CHECK(item.score == "0.9");
    CHECK(item.needs_review);
    CHECK_FALSE(item.superseded);
    CHECK(item.warnings == "grounded: not there");
    CHECK(item.cost_usd == "0.000001");
    CHECK(item.batch == 1);
    CHECK(item.remote_id == "batch_a");
    CHECK(item.version == "v");
    CHECK(item.reason.empty());
    CHECK(page[1].items[0].status == "failed_validation");
    CHECK(page[1].items[0].reason == "rule: year out of range");
    CHECK_FALSE(page[1].items[0].is_answered);
    CHECK(page[2].items[0].status == "submitted");
    CHECK(r.has_key_field({1}, {"title"}) == false);
}

TEST_CASE("the deep checks find nothing wrong in what runs leave") {
    world w;
    for (const auto &name : health::deep_checks()) {
        INFO(name);
        CHECK(health{w.tx}.run_deep(name).empty());
    }
    CHECK_THROWS_AS(health{w.tx}.run_deep("no such check"), std::logic_error);
}

TEST_CASE("each deep check finds what it is there for") {
    const std::map<std::string, std::string> damage{
        {"items and records", "DELETE FROM smelt.record WHERE id = 3"},
        {"counts per status", "INSERT INTO smelt.status_delta VALUES (1, 1, 2, false, 'n', 5)"},
        {"items in flight belong to unfinished batches", "UPDATE smelt.item SET batch_id = 1 WHERE record_id = 3"},
        {"no item waits for an answer that was applied", "INSERT INTO smelt.attempt (record_id, pipeline_id, batch_id, "
                                                         "task_id, outcome, cause) VALUES (3, 1, 2, 1, 1, 1)"},
        {"what batches wait for", "UPDATE smelt.batch SET sent = 2 WHERE id = 2"},
        {"ledger of every batch", "UPDATE smelt.batch SET accepted = 0, rejected = 2 WHERE id = 1"},
        {"tokens and cost of every batch", "UPDATE smelt.batch SET input_tokens = 19 WHERE id = 1"},
        {"results have an accepted attempt", "UPDATE smelt.attempt SET outcome = 1 WHERE record_id = 1"},
        {"failures have a reason", "DELETE FROM smelt.attempt WHERE record_id = 2"},
        {"attempts belong to items and batches", "UPDATE smelt.attempt SET record_id = 99 WHERE record_id = 1"},
        {"every task has an item for every record", "DELETE FROM smelt.item WHERE record_id = 2"},
        {"copies are copies of records that are asked", "UPDATE smelt.record SET copy_of = 99 WHERE id = 2"},
        {"nothing rests on answers that do not count",
         "INSERT INTO smelt.task (pipeline_id, name, needs, ancestors) VALUES (1, 'judge', '{1}', '{1}'); "
         "INSERT INTO smelt.item (record_id, pipeline_id, task_id) VALUES (1, 1, 2), (2, 1, 2), (3, 1, 2)"},
        {"what was forgotten has left nothing", "UPDATE smelt.attempt SET emptied = 'f' WHERE record_id = 1"},
        {"what retention has removed", "UPDATE smelt.batch SET emptied = 1 WHERE id = 1"},
        {"no result has a reason to be skipped", "UPDATE smelt.item SET skip_reason = 'when' WHERE record_id = 1"},
        {"nothing is due for long",
         "INSERT INTO smelt.item_due (pipeline_id, task_id, record_id, added_at) VALUES (1, 1, 1, now() - interval '3 "
         "days'); "
         "INSERT INTO smelt.runner (host, boot_id, pid, pid_start, lease_until, started_at, ended_at) "
         "VALUES ('h', 'b', 1, 1, now(), now() - interval '1 day', now())"},
    };
    world w;
    for (const auto &name : health::deep_checks()) {
        INFO(name);
        REQUIRE(damage.contains(name));
        w.tx.exec("SAVEPOINT before");
        w.tx.exec(damage.at(name));
        CHECK_FALSE(health{w.tx}.run_deep(name).empty());
        w.tx.exec("ROLLBACK TO SAVEPOINT before");
    }
}

TEST_CASE("doctor's questions are answered from the database") {
    world w;
    health h{w.tx};
    CHECK(h.active_holds().empty());
    CHECK(h.unknown_batches().empty());
    CHECK(h.dead_leases().empty());
    CHECK(h.absent_views() == std::vector<std::string>{"smelt_out.papers_extract"});
    CHECK_FALSE(h.database_is_empty());

    w.tx.exec("INSERT INTO smelt.hold (task_id, kind, reason) VALUES (1, 'cancel', 'by hand');"
              "INSERT INTO smelt.hold (task_id, kind, reason, until) VALUES (1, 'queue_full', 'over', now() - interval "
              "'1 s');"
              "INSERT INTO smelt.runner (host, boot_id, pid, pid_start, lease_until) VALUES ('h', 'b', 7, 1, now() - "
              "interval '1 h');"
              "UPDATE smelt.batch SET state = 2, send_until = now(), remote_id = NULL, runner_id = 1 WHERE id = 2");
    REQUIRE(h.active_holds().size() == 1);
    CHECK(h.active_holds()[0].sentence == "papers/extract: by hand");
    REQUIRE(h.unknown_batches().size() == 1);
    CHECK_THAT(h.unknown_batches()[0].sentence, SMELT_CONTAINS("batch 2 of papers/extract"));
    REQUIRE(h.dead_leases().size() == 1);
    CHECK_THAT(h.dead_leases()[0], SMELT_CONTAINS("pid 7 on h") && SMELT_CONTAINS("1 batch"));
}

TEST_CASE("only a database without any table of anybody is empty") {
    smelt::test::temp_database database{smelt::test::temp_database::content::empty};
    db::connection connection{database.conninfo(), "test"};
    db::transaction tx{connection};
    CHECK(health{tx}.database_is_empty());
    tx.exec("CREATE TABLE somebody_elses (x int)");
    CHECK_FALSE(health{tx}.database_is_empty());
}
