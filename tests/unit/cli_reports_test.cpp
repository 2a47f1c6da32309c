#include "catch.hpp"

#include "smelt/cli/answer_report.hpp"
#include "smelt/cli/batch_report.hpp"
#include "smelt/cli/progress.hpp"
#include "smelt/cli/psql_command.hpp"
#include "smelt/cli/run_report.hpp"
#include "smelt/cli/status_report.hpp"

#include <sstream>

using namespace smelt::cli;
using smelt::orchestrator::run_summary;
using smelt::store::task_report;

namespace {

task_report some_task() {
    task_report t;
    t.pipeline = "papers";
    t.task = "extract";
    t.total = 1000;
    t.extracted = 900;
    t.pending = 60;
    t.submitted = 30;
    t.failed = 10;
    t.requests_per_second = 2.0;
    return t;
}

std::string joined(const std::vector<std::string> &lines) {
    std::string out;
    for (const auto &line : lines)
        out += line + "\n";
    return out;
}

} // namespace

TEST_CASE("an answer is shown with its request and its reason, and nothing in it reaches the terminal as a command") {
    smelt::store::answer_report a;
    a.task = "extract";
    a.key = "P1\x1b[2J";
    a.outcome = "rejected";
    a.cause = "rule";
    a.message = "year out of range\nnot in the text\x07";
    a.model = "m";
    a.batch = 7;
    a.fields = R"({"title": "Tea"})";
    a.answer = "{\"year\": 3000}\x1b[31m";
    int compiled = 0;
    request_renderer renderer{[&](std::int32_t) {
        ++compiled;
        smelt::task_definition definition;
        definition.name = "extract";
        definition.model = "m";
        definition.system = "Be brief.";
        definition.user = "Title: {{title}}";
        return smelt::to_json(definition).dump();
    }};
    const auto request = renderer.request_of(a);
    REQUIRE(request.messages.size() == 2);
    const auto text = render_answer(a, request, {});
    CHECK_THAT(text, SMELT_CONTAINS("  extract: rejected, rule, batch 7, m\n") &&
                         SMELT_CONTAINS("  year out of range\n  not in the text") &&
                         SMELT_CONTAINS("  request\n  system> Be brief.\n  user> Title: Tea\n") &&
                         SMELT_CONTAINS("  | {\"year\": 3000}") && !SMELT_CONTAINS("\x1b") && !SMELT_CONTAINS("\x07"));

    a.record_changed = true;
    CHECK_THAT(render_answer(a, request, {}), SMELT_CONTAINS("the record has changed since"));
    a.fields = "{}";
    const auto none = renderer.request_of(a);
    CHECK_THAT(render_answer(a, none, {}), SMELT_CONTAINS("cannot be rendered any more") && SMELT_CONTAINS("title"));
    CHECK(to_json(a, none)["request"].is_null());
    CHECK(compiled == 1);
}

TEST_CASE("the time left follows from what is left and the rate of the last batches") {
    auto t = some_task();
    CHECK(settled(t) == 910);
    CHECK(eta_seconds(t) == Approx(45.0));
    t.due_in_seconds = 300;
    CHECK(eta_seconds(t) == Approx(345.0));
    t.hold = "the key is refused";
    CHECK_FALSE(eta_seconds(t));
    t.hold.clear();
    t.due_in_seconds = 0;
    t.requests_per_second.reset();
    CHECK_FALSE(eta_seconds(t).has_value());
    t.requests_per_second = 2.0;
    t.extracted = 990;
    t.pending = t.submitted = 0;
    CHECK_FALSE(eta_seconds(t).has_value());
}

TEST_CASE("status as a document has all its keys, and null for what is not known") {
    const auto document = to_json(some_task());
    for (const auto *key : {"pipeline",     "task",
                            "active",       "total",
                            "waiting",      "pending",
                            "submitted",    "extracted",
                            "retrying",     "failed_validation",
                            "failed",       "skipped",
                            "progress",     "eta_seconds",
                            "open_batches", "open_requests",
                            "answered",     "mean_score",
                            "input_tokens", "output_tokens",
                            "cost_usd",     "unpriced_batches",
                            "hold"})
        CHECK(document.contains(key));
    CHECK(document["progress"] == 0.91);
    CHECK(document["cost_usd"].is_null());
    CHECK(document["hold"].is_null());
}

TEST_CASE("status for people says what wants attention and what to do") {
    auto t = some_task();
    t.hold = "cancelled by hand";
    const auto text = render_status({t}, {}, {});
    CHECK_THAT(text, SMELT_CONTAINS("papers/extract") && SMELT_CONTAINS("91 %") &&
                         SMELT_CONTAINS("smelt resume papers") && SMELT_CONTAINS("smelt failures papers"));
}

TEST_CASE("batches as documents have all their keys") {
    const auto document = to_json(smelt::store::batch_report{});
    for (const auto *key : {"id",
                            "pipeline",
                            "task",
                            "state",
                            "remote_status",
                            "remote_id",
                            "nonce",
                            "provider",
                            "base_url",
                            "model",
                            "name",
                            "claimed",
                            "sent",
                            "accepted",
                            "rejected",
                            "errored",
                            "expired",
                            "cancelled",
                            "missing",
                            "not_run",
                            "waiting",
                            "remote_total",
                            "remote_completed",
                            "remote_failed",
                            "created_at",
                            "submitted_at",
                            "last_checked_at",
                            "ended_at",
                            "closed_at",
                            "cancel_requested_at",
                            "input_tokens",
                            "output_tokens",
                            "cost_usd",
                            "error"})
        CHECK(document.contains(key));
}

TEST_CASE("a run that found nothing to do says so in one line") {
    auto t = some_task();
    t.total = t.extracted = 40;
    t.failed = t.pending = t.submitted = 0;
    CHECK(describe_run({}, {t}) == std::vector<std::string>{"Nothing to do: all 40 items are done."});
    t.extracted = 38;
    t.failed = 2;
    CHECK(describe_run({}, {t})[0] == "Nothing to do: 38 of 40 items are done and 2 failed.");
    CHECK(describe_run({}, {}) == std::vector<std::string>{"Nothing to do: the source has no records."});
}

TEST_CASE("a run says what it did and what to do next") {
    run_summary s;
    s.records_added = 40;
    s.batches_submitted = 1;
    s.requests_submitted = 40;
    s.in_flight = 1;
    const auto submitted = joined(describe_run(s, {some_task()}));
    CHECK_THAT(submitted, SMELT_CONTAINS("Loaded 40 new records.") &&
                              SMELT_CONTAINS("Submitted 40 requests in 1 batch.") &&
                              SMELT_CONTAINS("In flight: 1 batch."));

    run_summary paid;
    paid.accepted = 3;
    paid.cost = 12'345'000'000;
    auto known = some_task();
    known.cost_usd = "1.5";
    known.unpriced_batches = 0;
    CHECK_THAT(joined(describe_run(paid, {known, known})),
               SMELT_CONTAINS("Cost: $0.0123 for this run, $3.00 for " + known.pipeline + " so far."));
    paid.is_partly_unpriced = true;
    CHECK_THAT(joined(describe_run(paid, {known})), SMELT_CONTAINS("Cost: $0.0123+ for this run"));
    paid.cost = 0;
    CHECK_THAT(joined(describe_run(paid, {known})), SMELT_CONTAINS("Cost: not known for this run"));

    run_summary done;
    done.batches_collected = 2;
    done.accepted = 36;
    done.rejected = 4;
    done.failed = 3;
    done.notes = {"papers/extract is on hold"};
    const auto collected = joined(describe_run(done, {some_task()}));
    CHECK_THAT(collected, SMELT_CONTAINS("Collected 2 batches: 36 accepted and 4 rejected.") &&
                              SMELT_CONTAINS("smelt failures papers") && SMELT_CONTAINS("smelt export papers") &&
                              SMELT_CONTAINS("Note: papers/extract is on hold"));
}

TEST_CASE("the progress line fits the terminal and is drawn on terminals only") {
    const smelt::orchestrator::run_progress p{"collect", "papers", 1200, 5000, "batch 17"};
    CHECK_THAT(render_progress(p, {}), SMELT_CONTAINS("1,200 of 5,000") && SMELT_CONTAINS("24 %"));
    for (std::size_t width = 2; width < 90; ++width)
        CHECK(display_width(render_progress(p, {.is_terminal = true, .width = width})) < width);

    std::ostringstream err;
    { progress_bar{err, {}}.show(p); }
    CHECK(err.str().empty());
    { progress_bar{err, {.is_terminal = true, .width = 80}}.show(p); }
    CHECK(err.str().ends_with("\r\x1b[K"));
}

TEST_CASE("passwords leave the connection string before it becomes an argument of psql") {
    const auto words = split_password("host=h password='a \\'b' user=u");
    CHECK(words.conninfo == "host=h user=u");
    CHECK(words.password == "a 'b");
    CHECK(split_password("host=h password = x").password == "x");
    const auto uri = split_password("postgresql://u:p%40ss@h:5432/d?sslmode=require");
    CHECK(uri.conninfo == "postgresql://u@h:5432/d?sslmode=require");
    CHECK(uri.password == "p@ss");
    CHECK(split_password("postgres://h:5432/d").conninfo == "postgres://h:5432/d");
    CHECK(split_password("postgres://h/d?password=x&a=b").conninfo == "postgres://h/d?a=b");
    CHECK(split_password("postgres://h/d?a=b&password=x").conninfo == "postgres://h/d?a=b");
    CHECK(split_password("").conninfo.empty());
    CHECK(split_password("nonsense").conninfo == "nonsense");
    CHECK(psql_arguments("", {"-l"}) == std::vector<std::string>{"psql", "-l"});
    CHECK(psql_arguments("dbname=d", {"-c", "x"}) == std::vector<std::string>{"psql", "-d", "dbname=d", "-c", "x"});
}
