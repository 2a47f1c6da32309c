#include "pipeline_fixture.hpp"

#include "catch.hpp"

#include <fmt/format.h>

#include <thread>

namespace smelt::test {

const char *const pipeline_fixture::default_task = R"(
  extract:
    model: gpt-5-mini
    system: You read notes about {{topic}} and answer with JSON.
    user: "Title: {{title}}\nNote: {{note}}"
    output: {type: object, required: [title, year, confidence], properties: {title: {type: string}, year: {type: integer, minimum: 1900, maximum: 2030}, confidence: {type: number, minimum: 0, maximum: 1}}}
    rules:
      - {name: year_plausible, check: "(output->>'year')::int between 1900 and 2030", severity: hard, message: year out of range}
    score: {confidence: "$.confidence", review_below: 0.6}
    retry: {attempts: 4, deliveries: 6, backoff: 50ms}
)";

pipeline_fixture::pipeline_fixture(const options &o)
    : options_{o}, simulator_{o.simulator}, connection_{std::make_unique<db::connection>(database_.direct(), "test")} {
    write_records(1, o.records);
    write_pipeline(o.task);
}

void pipeline_fixture::write_records(int first, int last, const std::string &suffix) {
    std::string csv = "id,title,topic,note\n";
    for (int i = first; i <= last; ++i)
        csv += fmt::format("r{},\"Note {}, the {}th\",topic {},\"Line one of {}{}\nline two\"\n", i, i, i, i % 7, i,
                           suffix);
    // A run may be reading: it sees the old file or the new one, never a part.
    const auto complete = folder_.write("records.csv.new", csv);
    std::filesystem::rename(complete, folder_.path() / "records.csv");
}

std::string pipeline_fixture::yaml(const std::string &pipeline, const std::string &source,
                                   const std::string &task) const {
    return fmt::format(R"(pipeline: {}
source: {}
provider: {{name: {}, base_url: "{}", api_key: {{env: TEST_KEY}}{}}}
timing: {}
tasks:{}
{}
)",
                       pipeline, source, options_.name,
                       options_.base_url.empty() ? simulator_.url(options_.name) : options_.base_url, options_.provider,
                       options_.timing, task, options_.extra);
}

void pipeline_fixture::write_pipeline(const std::string &task) {
    folder_.write("pipeline.yaml", yaml("notes", options_.source, task));
}

void pipeline_fixture::write_another(const std::string &source) {
    folder_.write("other.yaml", yaml("other", source, options_.task));
}

void pipeline_fixture::add_section(const std::string &yaml) {
    options_.extra += "\n" + yaml;
    write_pipeline(options_.task);
}

void pipeline_fixture::check_section_refused(const std::string &yaml, const std::string &why) {
    drop_sections();
    add_section(yaml);
    const auto done = smelt({"run"});
    CHECK(done.status == 1);
    CHECK_THAT(done.err, SMELT_CONTAINS(why));
}

command pipeline_fixture::smelt_command(std::vector<std::string> arguments) const {
    command c;
    c.program = std::filesystem::path{SMELT_BINARY_DIR} / "bin/smelt";
    c.arguments = std::move(arguments);
    c.arguments.insert(c.arguments.end(), {"--db", database_.conninfo()});
    c.environment = {{"TEST_KEY", "test-key-1"}, {"SMELT_HOME", (folder_.path() / "home").string()}, {"NO_COLOR", "1"}};
    c.folder = folder_.path();
    return c;
}

finished pipeline_fixture::smelt(std::vector<std::string> arguments) const {
    return run(smelt_command(std::move(arguments)));
}

finished pipeline_fixture::run_to_end() const {
    auto done = smelt({"run", "--wait", "--poll", "200ms", "--timeout", "90s"});
    INFO(done.out);
    INFO(done.err);
    REQUIRE(done.status == 0);
    return done;
}

void pipeline_fixture::drop_sections() {
    options_.extra.clear();
    write_pipeline(options_.task);
}

std::string pipeline_fixture::sql(const std::string &query) {
    return value_of(*connection_, query);
}

void pipeline_fixture::execute(const std::string &statement) {
    db::transaction tx{*connection_};
    tx.exec(statement);
    tx.commit();
}

void pipeline_fixture::wait_until(const std::string &query) {
    for (int i = 0; i < 600 && sql(query) != "t"; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    REQUIRE(sql(query) == "t");
}

void pipeline_fixture::wait_until_paused_in_transaction() {
    wait_until("SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'smelt run%' AND state LIKE "
               "'idle in transaction%' AND datname = current_database() AND clock_timestamp() - state_change > "
               "interval '500 ms'");
}

void pipeline_fixture::end_connections() {
    execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'smelt %' AND "
            "datname = current_database()");
}

void pipeline_fixture::reconnect() {
    connection_ = std::make_unique<db::connection>(database_.direct(), "test");
}

json pipeline_fixture::counters() {
    return json::parse(simulator_.ask("/sim/counters", {}));
}

void pipeline_fixture::fault(const std::string &rule) {
    simulator_.fault(rule);
}

void pipeline_fixture::forget_faults() {
    simulator_.ask("/sim/faults", {"-X", "DELETE"});
}

void pipeline_fixture::check_promises() {
    CHECK(sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0 OR orphaned <> 0") == "0");
    CHECK(counters()["duplicates"].dump() == "{}");
    if (!options_.bills_too_much)
        CHECK(sql("SELECT count(*) FROM smelt.batch WHERE cost_picousd > reserved_picousd") == "0");
    CHECK(sql("SELECT count(*) FROM smelt.record") == sql("SELECT count(*) FROM smelt.item"));
}

void pipeline_fixture::check_all_done(int records) {
    CHECK(sql("SELECT extracted + failed + failed_validation + skipped FROM smelt.status") == std::to_string(records));
    CHECK(sql("SELECT count(*) FROM smelt.items WHERE status IN ('pending', 'submitted')") == "0");
    CHECK(sql("SELECT count(*) FROM smelt.batches WHERE state NOT IN ('closed', 'abandoned')") == "0");
    check_promises();
}

} // namespace smelt::test
