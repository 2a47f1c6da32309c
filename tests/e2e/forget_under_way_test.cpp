#include "forget_fixture.hpp"

#include <fmt/format.h>

#include <thread>

using namespace smelt;
using namespace smelt::test;

TEST_CASE("what is forgotten while it is under way is dropped when it comes back") {
    person f;
    REQUIRE(f.smelt({"run"}).status == 0);
    REQUIRE(f.sql("SELECT state FROM smelt.batches") == "open");
    const auto done = f.forget();
    CHECK_THAT(done.out,
               SMELT_CONTAINS("1 request is under way: what comes back is dropped, and what was sent is paid for."));
    CHECK(dump_of(f.database()).find(marker) == std::string::npos);
    CHECK(f.sql("SELECT waiting FROM smelt.batches") == "4");
    f.check();
    const auto run = f.smelt({"run", "--wait", "--poll", "50ms"});
    CHECK(run.status == 0);
    CHECK_THAT(run.err, SMELT_CONTAINS("a record that was forgotten while it was under way is removed"));
    CHECK(f.keys() == "a c d");
    CHECK(f.sql("SELECT accepted FROM smelt.batches") == "4");
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt WHERE emptied = 'f' AND cost_picousd > 0") == "1");
    CHECK(f.sql("SELECT count(*) FROM smelt.forgotten_request") == "0");
    CHECK(f.counters()["requests_billed"] == 4);
    CHECK(f.counters()["files_deleted"] >= 2);
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("a run that is killed at any moment leaves nothing of what is forgotten behind it") {
    const auto *const place = GENERATE("claim.after_commit", "build.after_render", "build.after_commit",
                                       "submit.after_intent", "submit.after_create", "collect.before_slice",
                                       "apply.before_attempts", "apply.before_items", "apply.after_commit");
    CAPTURE(place);
    person f;
    auto first = f.smelt_command({"run", "--wait", "--poll", "50ms"});
    first.environment["SMELT_FAILPOINTS"] = std::string{place} + "=kill";
    CHECK(run(first).signal == 9);
    f.forget();
    f.check();
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms"}).status == 0);
    CHECK(f.keys() == "a c d");
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.results") == "a c d");
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("forgetting that is killed has forgotten nothing, or is gone on with") {
    const auto *const place = GENERATE("forget.before_removal", "forget.before_settle", "forget.after_settle");
    CAPTURE(place);
    person f;
    REQUIRE(f.smelt({"run"}).status == 0);
    auto command = f.smelt_command({"forget", "notes", "--key", "b", "--yes"});
    command.environment["SMELT_FAILPOINTS"] = std::string{place} + "=kill";
    const auto first = run(command);
    CHECK((first.signal == 9 || first.status == 0));
    if (first.signal == 9) {
        CHECK(f.keys() == "a b c d");
        f.forget();
    }
    auto next = f.smelt_command({"run", "--wait", "--poll", "50ms"});
    next.environment["SMELT_FAILPOINTS"] = std::string{place} + "=kill";
    run(next);
    f.check();
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms"}).status == 0);
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("an answer that is being stored while its record is forgotten is emptied, too") {
    person f;
    REQUIRE(f.smelt({"run"}).status == 0);
    auto collecting = f.smelt_command({"run", "--wait", "--poll", "50ms"});
    collecting.environment["SMELT_FAILPOINTS"] = "apply.before_items=delay:1500ms";
    process collector{collecting};
    f.wait_until_paused_in_transaction();
    f.forget();
    CHECK(collector.wait().status == 0);
    CHECK(f.smelt({"run"}).status == 0);
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("what was rendered and not sent is not sent with a forgotten record") {
    const auto *const place = GENERATE("build.after_commit", "upload.after_call", "submit.before_intent");
    CAPTURE(place);
    person f;
    auto sending = f.smelt_command({"run", "--wait", "--poll", "50ms"});
    sending.environment["SMELT_FAILPOINTS"] = std::string{place} + "=delay:2s@1";
    process run{sending};
    f.wait_until("SELECT count(*) = 1 FROM smelt.batch WHERE state = 0 AND sent = 4");
    std::this_thread::sleep_for(
        std::chrono::milliseconds{800}); // the delay is inside of the transaction, or after the upload
    f.forget();
    CHECK(run.wait().status == 0);
    CHECK(f.counters()["requests_received"] == 3);
    CHECK(f.keys() == "a c d");
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.results") == "a c d");
    CHECK(f.counters()["files_uploaded"].get<int>() - f.counters()["files_deleted"].get<int>() <= 2);
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("a synchronous service is not asked about a forgotten record any more") {
    person f{
        {}, echo_task, "{csv: records.csv, key: id}", "direct", {"--answer-latency", "300ms", "--invalid-rate", "0"}};
    std::string rows = "id,title,mail\n";
    for (int i = 0; i < 20; ++i)
        rows += fmt::format("k{:02},Number {},x\n", i, i);
    f.files().write("records.csv", rows + "z," + marker + ",b@example.org\n");
    auto asking = f.smelt_command({"run", "--wait", "--poll", "50ms"});
    process run{asking};
    f.wait_until("SELECT count(*) = 1 FROM smelt.batch WHERE dispatched > 0");
    f.forget({"--key", "z"});
    CHECK(run.wait().status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "20");
    CHECK(f.counters()["answers"] == 20);
    f.check();
    f.check_nothing_is_left();
}

TEST_CASE("lines of a forgotten record in a duplicate job are dropped, and counted") {
    person f{{},
             echo_task,
             "{csv: records.csv, key: id}",
             "openai",
             {"--latency", "50ms", "--invalid-rate", "0"},
             "{send_window: 600ms, list_grace: 200ms, missing_wait: 200ms, lease: 5s, queue_full_hold: 200ms}"};
    f.fault(R"({"list_lag":3})");
    auto killed = f.smelt_command({"run"});
    killed.environment["SMELT_FAILPOINTS"] = "submit.after_create=kill";
    REQUIRE(run(killed).signal == 9);
    f.execute(
        "INSERT INTO smelt.hold (pipeline_id, task_id, kind, reason) SELECT pipeline_id, id, 'cancel', 'test' FROM "
        "smelt.task");
    // Nobody lists it in time, so the batch is abandoned.
    std::this_thread::sleep_for(std::chrono::milliseconds{1200});
    CHECK(f.smelt({"run"}).status == 0);
    REQUIRE(f.sql("SELECT state FROM smelt.batches") == "abandoned");
    f.forget();
    CHECK(f.keys() == "a c d");
    std::this_thread::sleep_for(std::chrono::milliseconds{2500});
    CHECK(f.smelt({"run", "--wait", "--poll", "50ms"}).status == 0);
    REQUIRE(f.smelt({"resume", "notes"}).status == 0);
    f.run_to_end();
    CHECK(f.counters()["requests_billed"] == 4);
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.results") == "a c d");
    CHECK(f.sql("SELECT accepted || ' ' || orphaned || ' ' || balance FROM smelt.ledger") == "3 1 0");
    CHECK(f.smelt({"doctor", "--deep"}).status == 0);
    f.check_nothing_is_left();
}

TEST_CASE("requests of a run that was killed go with their records") {
    person f;
    auto first = f.smelt_command({"run"});
    first.environment["SMELT_FAILPOINTS"] = "build.after_commit=kill";
    CHECK(run(first).signal == 9);
    std::filesystem::rename(f.folder() / "records.csv", f.folder() / "home" / ".." / "kept");
    REQUIRE(files_of(f.folder() / "home").find(marker) != std::string::npos);
    f.forget();
    CHECK(files_of(f.folder() / "home").find(marker) == std::string::npos);
}

TEST_CASE("write-back is told of nothing but that a record was forgotten under way") {
    person f{{},
             echo_task +
                 "    write_back: {accepted: told.sql, skipped: told.sql, reopened: told.sql, forgotten: told.sql}\n"};
    f.execute("CREATE TABLE public.told (n bigserial, key text, event text)");
    f.files().write("told.sql", "INSERT INTO public.told (key, event) SELECT key, event FROM rows");
    REQUIRE(f.smelt({"run"}).status == 0);
    f.forget();
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(key || ' ' || event, ', ' ORDER BY key) FROM public.told") ==
          "a accepted, b forgotten, c accepted, d accepted");
}
