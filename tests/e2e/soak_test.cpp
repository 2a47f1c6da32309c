#include "catch.hpp"
#include "pipeline_fixture.hpp"
#include "soak_hosts.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <thread>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;

namespace {

/// Allowances that no fault uses up, so that the results are those of an fault-free run.
const char *const patient_task = R"(
  extract:
    model: gpt-5-mini
    user: "Title: {{title}}\nNote: {{note}}"
    output: {type: object, required: [title, year], properties: {title: {type: string}, year: {type: integer, minimum: 1900, maximum: 2030}}}
    rules: [{name: year_plausible, check: "(output->>'year')::int between 1900 and 2030", message: year out of range}]
    keep_raw: all
    retry: {attempts: 100, deliveries: 100, backoff: 1ms}
    write_back: {accepted: told.sql, failed: told.sql, skipped: told.sql, reopened: told.sql}
)";

constexpr std::array<const char *, 37> mishaps{
    R"({"on":"create","drop_after":true})",
    R"({"on":"create","drop_before":true})",
    R"({"on":"create","status":429,"code":"rate_limit_exceeded","message":"slow","retry_after":"1"})",
    R"({"on":"create","status":500,"code":"server_error","message":"no"})",
    R"({"on":"upload","drop_after":true})",
    R"({"on":"get","status":503,"code":"server_error","message":"no"})",
    R"({"on":"content","drop_before":true})",
    R"({"expire_after_fraction":0.5})",
    R"({"omit_lines":1})",
    R"({"duplicate_lines":2,"foreign_lines":1})",
    R"({"truncate_output":40})",
    R"({"fail_code":"token_limit_exceeded"})",
    R"({"on":"content","cut_after":500})",
    R"({"on":"*","drop_after":true,"probability":0.3,"count":5})",
    R"({"get_lag":1})",
    R"({"list_lag":1})",
    R"({"nul_lines":1,"bad_escape_lines":1,"not_object_lines":2})",
    R"({"counts_off":2,"azure":true})",
    R"({"finalizing_for":1,"extra_fields":true,"crlf":true})",
    R"({"files_late":1})",
    R"({"files_late":2,"counts_late":1})",
    R"({"odd_counts":"huge"})",
    R"({"odd_counts":"null"})",
    R"({"odd_usage_lines":3,"odd_usage":"giant"})",
    R"({"odd_usage_lines":2,"odd_usage":"null","empty_error_lines":2})",
    R"({"error_before_lines":2})",
    R"({"error_body_lines":2,"error_code":429})",
    R"({"text_body_lines":5,"wrapped_lines":2})",
    R"({"on":"list","listing":"null"})",
    R"({"on":"list","listing":"odd"})",
    R"({"on":"list","listing":"endless"})",
    R"({"on":"list","listing":"repeating","count":3})",
    R"({"on":"content","redirects":2})",
    R"({"on":"content","gzip":"always"})",
    R"({"on":"content","bom":true})",
    R"({"on":"upload","deep":100000})",
    R"({"on":"*","close":true,"probability":0.5,"count":20})"};

class soak {
  public:
    soak(pipeline_fixture &f, unsigned seed)
        : fixture_{f}, random_{seed}, hosts_{f, 4}, runs_(hosts_.count()), cut_until_(hosts_.count()) {}

    void run_for(std::chrono::minutes time) {
        const auto end = clock::now() + time;
        while (clock::now() < end) {
            mend(clock::now());
            keep_running();
            std::this_thread::sleep_for(std::chrono::milliseconds{below(400)});
            inject_fault();
        }
        mend(clock::time_point::max());
        for (auto &run : runs_)
            stop(run, SIGKILL);
    }

    [[nodiscard]] const std::map<std::string, int> &counts() const { return counts_; }
    [[nodiscard]] int records() const { return records_; }

  private:
    using clock = std::chrono::steady_clock;

    int below(int n) { return std::uniform_int_distribution<>{0, n - 1}(random_); }

    void keep_running() {
        for (std::size_t i = 0; i < runs_.size(); ++i) {
            if (runs_[i] && !runs_[i]->is_running())
                stop(runs_[i], 0);
            if (!runs_[i])
                runs_[i] = std::make_unique<process>(hosts_.smelt_command(i, {"run", "--wait", "--poll", "200ms"}));
        }
    }

    /// Waits for its end and counts how it went.
    void stop(std::unique_ptr<process> &run, int signal) {
        if (!run)
            return;
        if (signal != 0)
            run->send(signal);
        const auto done = run->wait();
        run.reset();
        ++counts_[done.signal != 0 ? "ended by signal " + std::to_string(done.signal)
                                   : "ended with " + std::to_string(done.status)];
        INFO(done.err);
        // 4: a batch of which all answers were left out of its files, as one whose counts promise them.
        CHECK((done.signal == SIGKILL || done.signal == SIGTERM || done.status == 0 || done.status == 2 ||
               done.status == 4 || done.status == 130));
    }

    void inject_fault() {
        const auto drawn = below(100);
        const auto whom = static_cast<std::size_t>(below(static_cast<int>(runs_.size())));
        if (hosts_.apart() && drawn < 40)
            cut(whom);
        else if (drawn < 70)
            stop(runs_[whom], SIGKILL);
        else if (drawn < 76)
            stop(runs_[whom], hosts_.apart() ? SIGKILL : SIGTERM); // what starts a host's run passes no SIGTERM on
        else if (drawn < 79)
            crash_database();
        else if (drawn < 81)
            restart_simulator();
        else if (drawn < 84)
            make_retention_due();
        else if (drawn < (hosts_.apart() ? 88 : 96)) // more hosts, more to do
            fixture_.fault(mishaps[static_cast<std::size_t>(below(static_cast<int>(mishaps.size())))]);
        else
            add_records();
    }

    /// For less than a lease, or for more: then others go on with what it had, and it comes back to find that.
    void cut(std::size_t host) {
        ++counts_["networks cut"];
        cut_until_[host] = clock::now() + std::chrono::milliseconds{200 + below(8000)};
        soak_hosts::cut(host);
    }

    /// The networks whose time is over at `now`.
    void mend(clock::time_point now) {
        for (std::size_t i = 0; i < cut_until_.size(); ++i)
            if (cut_until_[i] && *cut_until_[i] <= now) {
                cut_until_[i].reset();
                soak_hosts::mend(i);
            }
    }

    void crash_database() {
        ++counts_["database crashes"];
        command c;
        c.program = std::filesystem::path{SMELT_BINARY_DIR} / "bin/test-postgres";
        c.arguments = {"crash", std::getenv("SMELT_SOAK_SERVERS")};
        REQUIRE(run(c).status == 0);
    }

    void restart_simulator() {
        ++counts_["simulator kills"];
        fixture_.simulator().restart(SIGKILL);
    }

    /// A day passes. Where the database is away just now, it does not.
    void make_retention_due() {
        auto psql = fixture_.smelt_command({"db", "psql"});
        for (const auto *const argument : {"--", "-qc", "UPDATE smelt.retention SET ended_at = '-infinity'"})
            psql.arguments.emplace_back(argument);
        if (run(psql).status == 0)
            ++counts_["days of retention"];
    }

    void add_records() {
        records_ += 25;
        fixture_.write_records(1, records_);
    }

    pipeline_fixture &fixture_;
    std::mt19937 random_;
    soak_hosts hosts_;
    std::vector<std::unique_ptr<process>> runs_;
    std::vector<std::optional<clock::time_point>> cut_until_;
    std::map<std::string, int> counts_;
    int records_ = 400;
};

/// PgBouncer takes a moment to believe in a server that has just crashed.
void wait_for_database(pipeline_fixture &f) {
    for (int tries = 0; tries < 100 && f.smelt({"status"}).status != 0; ++tries)
        std::this_thread::sleep_for(200ms);
}

/// Answers that the simulator counts and has in no file are not asked again before somebody says that they are lost.
void declare_owed_batches_absent(pipeline_fixture &f) {
    const auto owed = [&] {
        return f.sql("SELECT coalesce((SELECT min(id) FROM smelt.batch WHERE state = 4 AND remote_completed > 0 AND "
                     "output_file_id IS NULL AND first_download_at IS NOT NULL), 0)");
    };
    f.smelt({"run", "--wait", "--poll", "200ms", "--timeout", "30s"});
    for (auto batch = owed(); batch != "0"; batch = owed())
        REQUIRE(f.smelt({"adopt", batch, "--absent"}).status == 0);
}

pipeline_fixture::options options_for(int records) {
    return {.records = records,
            .simulator = {"--latency", "400ms", "--invalid-rate", "0.1"},
            .extra =
                "limits: {requests_per_batch: 20, open_batches: 12}\nretention: {raw: 0s, rejected: 0s, replaced: 0s}",
            .task = patient_task,
            .timing = "{send_window: 3s, list_grace: 1s, missing_wait: 1s, lease: 3s, queue_full_hold: 500ms}"};
}

/// What write-back is told goes into a table.
void keep_events(pipeline_fixture &f) {
    f.execute("CREATE TABLE public.told (n bigserial, key text, event text)");
    f.files().write("told.sql", "INSERT INTO public.told (key, event) SELECT key, event FROM rows");
}

/// Every record was told of, accepted at last, reopened before it was accepted again, and nothing twice.
void check_events(pipeline_fixture &f, int records) {
    CHECK(f.sql("SELECT count(*) FROM smelt.write_back") == "0");
    CHECK(f.sql("SELECT count(DISTINCT key) FROM public.told") == std::to_string(records));
    CHECK(
        f.sql("SELECT count(*) FROM (SELECT event, lag(event) OVER w AS before, lead(event) OVER w AS next FROM "
              "public.told WINDOW w AS (PARTITION BY key ORDER BY n)) AS x WHERE event = before OR (before IS NULL AND "
              "event = 'reopened') OR (next IS NULL AND event <> 'accepted') OR event IN ('failed', 'skipped')") ==
        "0");
}

/// From the first claim to the last batch that is closed, with that many runs at once.
double items_per_second(std::size_t runs) {
    constexpr int items = 60'000;
    pipeline_fixture::options o{.records = items,
                                .simulator = {"--latency", "0s", "--invalid-rate", "0"},
                                .extra = "limits: {requests_per_batch: 2500, open_batches: 100}"};
    soak_hosts::adapt(o);
    pipeline_fixture f{o};
    const soak_hosts hosts{f, runs};
    const auto loaded = f.smelt({"load", "pipeline.yaml"});
    INFO(loaded.err);
    REQUIRE(loaded.status == 0);
    std::vector<std::unique_ptr<process>> all;
    for (std::size_t i = 0; i < std::min(runs, hosts.count()); ++i)
        all.push_back(std::make_unique<process>(hosts.smelt_command(i, {"run", "--wait", "--poll", "1s"})));
    for (auto &one : all) {
        const auto done = one->wait();
        INFO(done.err);
        CHECK(done.status == 0);
    }
    f.check_all_done(items);
    return items / std::stod(f.sql("SELECT extract(epoch FROM max(closed_at) - min(created_at)) FROM smelt.batch"));
}

} // namespace

// scripts/soak starts it with servers of its own.
TEST_CASE("soak", "[.soak]") {
    const auto *const minutes = std::getenv("SMELT_SOAK_MINUTES");
    REQUIRE(minutes != nullptr);
    const auto *const seed = std::getenv("SMELT_SOAK_SEED");
    auto options = options_for(400);
    soak_hosts::adapt(options);
    pipeline_fixture f{options};
    keep_events(f);
    const auto chosen =
        seed != nullptr ? static_cast<unsigned>(std::strtoul(seed, nullptr, 10)) : std::random_device{}();
    std::cout << "   seed: " << chosen << std::endl; // before anything can fail
    soak s{f, chosen};
    s.run_for(std::chrono::minutes{std::strtol(minutes, nullptr, 10)});
    f.reconnect();
    f.forget_faults();
    f.check_promises();
    wait_for_database(f);
    declare_owed_batches_absent(f);
    f.run_to_end();
    f.check_all_done(s.records());
    check_events(f, s.records());
    f.execute("UPDATE smelt.retention SET ended_at = '-infinity'");
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt WHERE raw IS NOT NULL OR line IS NOT NULL OR (outcome <> 0 AND "
                "emptied IS "
                "NULL)") == "0");
    const auto deep = f.smelt({"doctor", "--deep"});
    INFO(deep.out);
    CHECK_THAT(deep.out, !SMELT_CONTAINS("FAIL"));

    const auto counters = f.counters();
    CHECK(f.sql("SELECT count(*) FROM smelt.batches WHERE remote_id IS NOT NULL") ==
          counters["batches_created"].dump());
    CHECK(f.sql("SELECT extracted FROM smelt.status") == std::to_string(s.records()));
    const std::string outputs = "SELECT md5(string_agg(key || output::text, ',' ORDER BY key)) FROM smelt.results";
    auto large_batches = options_for(s.records());
    large_batches.extra = "limits: {requests_per_batch: 2000}";
    pipeline_fixture fault_free{large_batches};
    keep_events(fault_free);
    fault_free.run_to_end();
    fault_free.check_all_done(s.records());
    CHECK(f.sql(outputs) == fault_free.sql(outputs));

    for (const auto &[what, n] : s.counts())
        std::cout << "   " << what << ": " << n << '\n';
    std::cout << "   records: " << s.records() << "\n   batches at the provider: " << counters["batches_created"]
              << ", nonces sent more than once: " << counters["duplicates"].size()
              << "\n   requests sent: " << counters["requests_received"]
              << "\n   events written back: " << f.sql("SELECT count(*) FROM public.told")
              << "\n   answers emptied by retention: " << f.sql("SELECT sum(emptied) FROM smelt.batch")
              << "\n   batches that do not balance: " << f.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0")
              << '\n';
}

// scripts/soak --hosts starts it, too. Two rounds, because one is worth ten percent; nothing is asserted about the
// time.
TEST_CASE("one run, and one on each host", "[.hosts]") {
    for (int round = 0; round < 2; ++round)
        for (const std::size_t runs : {1U, 8U})
            std::cout << "   " << runs << " at once: " << static_cast<int>(items_per_second(runs)) << " items/s"
                      << std::endl;
}
