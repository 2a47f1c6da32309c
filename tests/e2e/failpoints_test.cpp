#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/failpoints.hpp"

#include <fmt/format.h>

#include <csignal>
#include <map>
#include <thread>

using namespace smelt;
using namespace smelt::test;

namespace {

/// How a run gets to a failpoint: what the simulator does wrong, and where a first run was killed.
struct scenario {
    const char *faults = "";
    const char *first_killed_at = "";
    bool on_hold = false;    ///< nothing is sent between the two runs
    int pause_ms = 0;        ///< between the two runs
    bool sent_again = false; ///< a clean run comes between, and then the time until the listing has caught up
};

const scenario life{};
const scenario lost_create{R"({"on":"create","drop_after":true})"};
const scenario refused_create{
    R"({"on":"create","status":429,"code":"rate_limit_exceeded","message":"slow","retry_after":"1"})"};
const scenario missing_lines{R"({"omit_lines":2})"};
const scenario refused_batch{R"({"fail_code":"odd"})"};
const scenario full_queue{R"({"fail_code":"token_limit_exceeded"})"};
const scenario killed_while_building{"", "claim.after_commit"};
const scenario killed_while_submitting{"", "submit.after_create"};
/// The job is listed only after its batch was abandoned: its answers are still wanted, or its items went out again.
const scenario wanted_duplicate{R"({"list_lag":2})", "submit.after_create", true, 900};
const scenario late_duplicate{
    .faults = R"({"list_lag":2})", .first_killed_at = "submit.after_create", .pause_ms = 900, .sent_again = true};

using failpoint_list = std::vector<std::string>;
const failpoint_list beginning{"run.after_begin",    "sync.before_commit", "sync.after_commit",  "load.after_copy",
                               "load.before_commit", "load.after_commit",  "take.before_commit", "take.after_commit",
                               "run.before_release", "run.after_release",  "fold.before_commit"};
const failpoint_list sending{"submit.before_list",   "submit.after_list",   "claim.before_commit", "claim.after_commit",
                             "build.after_render",   "build.before_commit", "build.after_commit",  "upload.after_call",
                             "submit.before_intent", "submit.after_intent", "submit.after_create", "submit.before_open",
                             "submit.after_open"};
const failpoint_list collecting{"poll.before_get",         "poll.after_get",        "poll.before_commit",
                                "poll.after_commit",       "collect.before_take",   "collect.after_take",
                                "collect.before_download", "collect.before_slice",  "apply.before_attempts",
                                "apply.before_items",      "apply.before_commit",   "apply.after_commit",
                                "unanswered.before_close", "unanswered.after_close"};
const failpoint_list after_lost_create{"submit.before_unknown", "submit.after_unknown", "recover.before_list",
                                       "recover.after_list",    "recover.before_open",  "recover.after_open"};
const failpoint_list after_refused_create{"submit.before_abandon", "submit.after_abandon", "remote_files.before_delete",
                                          "remote_files.after_delete"};
const failpoint_list after_missing_lines{"unanswered.before_look", "unanswered.after_look",   "unanswered.before_seen",
                                         "unanswered.after_seen",  "unanswered.before_again", "unanswered.after_again",
                                         "unanswered.before_slice"};
const failpoint_list after_refused_batch{"limit.before_commit", "limit.after_commit"};
const failpoint_list after_full_queue{"hold.before_commit", "hold.after_commit"};
const failpoint_list after_kill_while_building{"recover.before_abandon", "recover.after_abandon"};
const failpoint_list after_kill_while_submitting{"recover.before_unknown", "recover.after_unknown"};
const failpoint_list with_wanted_duplicate{"recover.before_readopt", "recover.after_readopt"};
const failpoint_list after_restore{"adopt.before_commit", "adopt.after_commit"}; // restore_test.cpp
const failpoint_list fetching{"fetch.before_commit", "fetch.after_commit"};      // http_source_faults_test.cpp
const failpoint_list giving_up{"give_up.before_mark", "give_up.after_mark",
                               "give_up.after_cancel"};                                   // fallback_test.cpp
const failpoint_list in_a_graph{"due.before_commit", "due.after_commit"};                 // graph_changes_test.cpp
const failpoint_list writing_back{"write_back.before_commit", "write_back.after_commit"}; // write_back_test.cpp
const failpoint_list forgetting{"forget.before_settle", "forget.after_settle",
                                "forget.before_removal"};                        // forget_under_way_test.cpp
const failpoint_list growing_old{"retain.before_commit", "retain.after_commit"}; // retention_test.cpp
const failpoint_list with_late_duplicate{"recover.before_cancel_duplicate", "recover.after_cancel_duplicate",
                                         "recover.after_note_duplicate"};

const failpoint_list answering{"answer.before_begin",   "answer.after_begin", "answer.before_dispatch",
                               "answer.after_dispatch", "answer.before_call", "answer.after_call",
                               "answer.before_end",     "answer.after_end"};
/// What else a synchronous service comes by.
const failpoint_list around_answering{"claim.before_commit",   "claim.after_commit",      "build.after_render",
                                      "build.before_commit",   "build.after_commit",      "collect.before_slice",
                                      "apply.before_attempts", "apply.before_items",      "apply.before_commit",
                                      "apply.after_commit",    "unanswered.before_close", "unanswered.after_close"};

/// What failpoints stand next to the calls of a provider.
const failpoint_list provider_calls{"upload.after_call",  "submit.before_intent", "submit.after_create",
                                    "submit.before_open", "poll.after_get",       "collect.before_slice"};

/// Steps that a service does not have.
bool is_reached(const std::string &service, const std::string &failpoint) {
    const bool files = failpoint.starts_with("upload.") || failpoint.starts_with("remote_files.");
    const bool listing = failpoint == "submit.before_list" || failpoint == "submit.after_list";
    const bool whole_batch = failpoint.starts_with("limit."); // refused as a whole after its creation
    return !(service == "anthropic" && (files || listing || whole_batch)) && !(service == "together" && listing);
}

/// Where a failed batch has no code, a full queue is told by the answer to a create only.
const scenario &as_told_by(const std::string &service, const scenario &s) {
    const bool has_codes = service == "openai" || service == "azure" || service == "gemini";
    return &s == &full_queue && !has_codes ? refused_create : s;
}

/// scripts/failpoints runs the whole matrix.
std::string chosen_service() {
    const char *name = std::getenv("SMELT_TEST_PROVIDER");
    return name == nullptr ? "openai" : name;
}

pipeline_fixture::options small_pipeline(const std::string &service) {
    pipeline_fixture::options o{
        .records = 12,
        .simulator = {"--latency", "50ms", "--invalid-rate", "0.3"},
        .extra = "limits: {requests_per_batch: 6}",
        .timing = "{send_window: 600ms, list_grace: 200ms, missing_wait: 200ms, lease: 5s, queue_full_hold: 200ms}"};
    o.name = service;
    if (service == "anthropic")
        o.task += "    params: {max_tokens: 300}\n";
    return o;
}

finished run_with(pipeline_fixture &f, const std::string &failpoints) {
    auto c = f.smelt_command({"run", "--wait", "--poll", "100ms", "--timeout", "60s"});
    c.environment["SMELT_FAILPOINTS"] = failpoints;
    return run(c);
}

std::string outputs(pipeline_fixture &f) {
    return f.sql("SELECT md5(string_agg(key || output::text, ',' ORDER BY key)) FROM smelt.results");
}

struct fault_free {
    std::string outputs;
    json billed;
};

/// The same work without any fault, once per process.
const fault_free &without_faults(const std::string &service) {
    static std::map<std::string, fault_free> known;
    if (const auto found = known.find(service); found != known.end())
        return found->second;
    pipeline_fixture f{small_pipeline(service)};
    f.run_to_end();
    return known.emplace(service, fault_free{outputs(f), f.counters()["requests_billed"]}).first->second;
}

void prepare(pipeline_fixture &f, const scenario &s) {
    if (*s.faults != '\0')
        f.fault(s.faults);
    if (*s.first_killed_at == '\0')
        return;
    REQUIRE(run_with(f, std::string{s.first_killed_at} + "=kill@1").signal == SIGKILL);
    f.check_promises();
    if (s.pause_ms == 0)
        return;
    std::this_thread::sleep_for(std::chrono::milliseconds{s.pause_ms});
    if (s.sent_again) {
        f.run_to_end();
        std::this_thread::sleep_for(std::chrono::milliseconds{1500});
    }
    if (s.on_hold)
        f.execute(
            "INSERT INTO smelt.hold (pipeline_id, task_id, kind, reason, until) SELECT pipeline_id, id, 'cancel', "
            "'test', now() + interval '2500 milliseconds' FROM smelt.task");
}

/// Run with the failpoint, then clean: nothing is lost, nothing is sent twice, and the results are the same.
void check_one(const scenario &s, const std::string &service, const std::string &name, const std::string &how) {
    INFO(service << ": " << name << "=" << how);
    if (!is_reached(service, name))
        return;
    pipeline_fixture f{small_pipeline(service)};
    prepare(f, as_told_by(service, s));
    const auto stopped = run_with(f, name + "=" + how + "@1");
    INFO(stopped.err);
    CHECK_THAT(stopped.err, SMELT_CONTAINS("failpoint " + name));
    CHECK_THAT(stopped.err, !SMELT_CONTAINS("this should not happen"));
    CHECK((how == "kill" ? stopped.signal == SIGKILL : stopped.signal == 0));
    if (f.sql("SELECT to_regclass('smelt.ledger') IS NOT NULL") == "t")
        f.check_promises();
    f.run_to_end();
    f.check_all_done(12);
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "12");
    CHECK(outputs(f) == without_faults(service).outputs);
    CHECK(f.counters()["distinct_nonces"] == f.counters()["batches_created"]);
    if (&s != &late_duplicate) // what a listing hides for longer than list_grace is the one thing that can cost twice
        CHECK(f.counters()["requests_billed"] == without_faults(service).billed);
}

void check(const scenario &s, const failpoint_list &names) {
    const auto name = GENERATE_REF(from_range(names));
    const std::string how = GENERATE("kill", "error");
    check_one(s, chosen_service(), name, how);
}

} // namespace

TEST_CASE("every failpoint is tried") {
    std::vector<std::string> tried;
    for (const auto *list : {&beginning,
                             &sending,
                             &collecting,
                             &after_lost_create,
                             &after_refused_create,
                             &after_missing_lines,
                             &after_refused_batch,
                             &after_full_queue,
                             &after_kill_while_building,
                             &after_kill_while_submitting,
                             &with_wanted_duplicate,
                             &with_late_duplicate,
                             &after_restore,
                             &in_a_graph,
                             &fetching,
                             &giving_up,
                             &writing_back,
                             &answering,
                             &forgetting,
                             &growing_old})
        tried.insert(tried.end(), list->begin(), list->end());
    std::vector<std::string> all{orchestrator::failpoints.begin(), orchestrator::failpoints.end()};
    all.insert(all.end(), store::failpoints.begin(), store::failpoints.end());
    std::ranges::sort(tried);
    std::ranges::sort(all);
    CHECK(tried == all);
}

TEST_CASE("failpoints: a run ends while it begins, loads and takes over") {
    check(life, beginning);
}
TEST_CASE("failpoints: a run ends while it sends") {
    check(life, sending);
}
TEST_CASE("failpoints: a run ends while it polls and collects") {
    check(life, collecting);
}
TEST_CASE("failpoints: a run ends while it handles a create whose answer is lost") {
    check(lost_create, after_lost_create);
}
TEST_CASE("failpoints: a run ends while it handles a refused create") {
    check(refused_create, after_refused_create);
}
TEST_CASE("failpoints: a run ends while it handles missing lines") {
    check(missing_lines, after_missing_lines);
}
TEST_CASE("failpoints: a run ends while it handles a refused batch") {
    check(refused_batch, after_refused_batch);
}
TEST_CASE("failpoints: a run ends while it handles a full queue") {
    check(full_queue, after_full_queue);
}
TEST_CASE("failpoints: a run ends while it abandons a batch that was being built") {
    check(killed_while_building, after_kill_while_building);
}
TEST_CASE("failpoints: a run ends while it takes over a batch that was being submitted") {
    check(killed_while_submitting, after_kill_while_submitting);
}
TEST_CASE("failpoints: a run ends while it takes up a late duplicate") {
    check(wanted_duplicate, with_wanted_duplicate);
}
TEST_CASE("failpoints: a run ends while it cancels a late duplicate") {
    check(late_duplicate, with_late_duplicate);
}
TEST_CASE("failpoints: a run ends while requests of a synchronous service are answered") {
    const auto name = GENERATE(from_range(answering), from_range(around_answering));
    const std::string how = GENERATE("kill", "error");
    INFO(name << "=" << how);
    auto o = small_pipeline("direct");
    o.provider = ", concurrency: 2";
    pipeline_fixture f{o};
    const auto stopped = run_with(f, name + "=" + how + "@1");
    INFO(stopped.err);
    CHECK_THAT(stopped.err, SMELT_CONTAINS("failpoint " + name));
    CHECK_THAT(stopped.err, !SMELT_CONTAINS("this should not happen"));
    CHECK((how == "kill" ? stopped.signal == SIGKILL : stopped.signal == 0));
    f.check_promises();
    f.run_to_end();
    f.check_all_done(12);
    CHECK(f.sql("SELECT extracted FROM smelt.status") == "12");
    CHECK(outputs(f) == without_faults("openai").outputs);
    // What was under way when the run ended is the only thing that is asked for again.
    const auto answers = f.counters()["answers"].get<std::int64_t>();
    CHECK(answers <= without_faults("openai").billed.get<std::int64_t>() +
                         std::stoll(f.sql("SELECT coalesce(sum(missing), 0) FROM smelt.batch")));
    CHECK(f.sql("SELECT sum(missing) <= 12 FROM smelt.batch") == "t");
    CHECK(f.counters()["answer_duplicates"] == 0);
}
TEST_CASE("failpoints next to the calls of the other services") {
    const auto service = GENERATE(as<std::string>{}, "azure", "mistral", "anthropic", "gemini");
    const auto name = GENERATE_REF(from_range(provider_calls));
    check_one(life, service, name, "kill");
}
