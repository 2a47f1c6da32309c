#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <fmt/format.h>

using namespace smelt;
using namespace smelt::test;

namespace {

/// Three pipelines in one command; the one in the middle has its own simulator, which can be told to misbehave.
class three_pipelines : public pipeline_fixture {
  public:
    three_pipelines() : pipeline_fixture{{.records = 6, .simulator = {"--latency", "50ms", "--invalid-rate", "0"}}} {
        write_as("first", simulator().url());
        write_as("middle", broken_.url());
        write_as("last", simulator().url());
    }

    finished run_all(const std::string &timeout = "8s") {
        return smelt(
            {"run", "first.yaml", "middle.yaml", "last.yaml", "--wait", "--poll", "100ms", "--timeout", timeout});
    }
    [[nodiscard]] sim_server &broken() { return broken_; }
    void break_middle(const std::string &rule) { broken_.fault(rule); }
    std::string extracted(const std::string &pipeline) {
        return sql("SELECT coalesce(sum(extracted), 0) FROM smelt.status WHERE pipeline = '" + pipeline + "'");
    }
    void change_middle(const std::string &from, const std::string &to) {
        auto yaml = files().read("middle.yaml");
        const auto at = yaml.find(from);
        REQUIRE(at != std::string::npos);
        files().write("middle.yaml", yaml.replace(at, from.size(), to));
    }

  private:
    void write_as(const std::string &name, const std::string &url) {
        auto yaml = files().read("pipeline.yaml");
        yaml.replace(yaml.find("notes"), 5, name);
        yaml.replace(yaml.find(simulator().url()), simulator().url().size(), url);
        files().write(name + ".yaml", yaml);
    }

    sim_server broken_{{"--latency", "50ms", "--invalid-rate", "0"}};
};

} // namespace

TEST_CASE("what is wrong with the pipeline in the middle does not keep the others from their results") {
    three_pipelines f;
    int expected = 2;
    SECTION("its source") {
        f.change_middle("records.csv", "nosuch.csv");
        expected = 1;
    }
    SECTION("its file") {
        f.change_middle("    rules:", "    rulez:");
        expected = 1;
    }
    SECTION("a rule that PostgreSQL does not know") {
        f.change_middle("(output->>'year')::int", "nosuch(output)");
        expected = 1;
    }
    SECTION("its key cannot be read") {
        f.change_middle("env: TEST_KEY", "env: NO_SUCH_KEY");
        expected = 1;
    }
    SECTION("its uploads fail") {
        f.break_middle(R"({"on":"upload","status":503,"retry_after_ms":"5","count":100000})");
    }
    SECTION("its creates are refused") {
        f.break_middle(R"({"on":"create","status":400,"code":"bad","message":"no","count":1000})");
        expected = 4;
    }
    SECTION("its batches cannot be listed") {
        f.break_middle(R"({"on":"list","status":500,"retry_after_ms":"5","count":100000})");
    }
    SECTION("its batches cannot be read") {
        f.break_middle(R"({"on":"get","status":500,"retry_after_ms":"5","count":100000})");
    }
    SECTION("its results cannot be read") {
        f.break_middle(R"({"on":"content","status":500,"retry_after_ms":"5","count":100000})");
    }
    SECTION("its results cannot be stored") {
        f.execute(
            "CREATE FUNCTION public.no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.pipeline_id = (SELECT id "
            "FROM "
            "smelt.pipeline WHERE name = 'middle') THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END $$");
        f.execute("CREATE TRIGGER no BEFORE INSERT ON smelt.attempt FOR EACH ROW EXECUTE FUNCTION public.no()");
        expected = 1;
    }
    const auto done = f.run_all();
    INFO(done.out);
    INFO(done.err);
    CHECK(done.status == expected);
    CHECK(f.extracted("first") == "6");
    CHECK(f.extracted("middle") == "0");
    CHECK(f.extracted("last") == "6");
    CHECK_THAT(done.err, SMELT_CONTAINS("middle") || SMELT_CONTAINS("batch "));
    f.check_promises();
}

TEST_CASE("a run that its --timeout ends while it tries again what has failed before does not end well") {
    pipeline_fixture f{{.records = 3}};
    f.fault(R"({"on":"upload","status":503,"retry_after_ms":"700","count":100000})");
    for (const auto *timeout : {"3s", "4s", "5s"}) {
        const auto done = f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", timeout});
        INFO(timeout << "\n" << done.out << done.err);
        CHECK(done.status == 2);
    }
    f.check_promises();
}

TEST_CASE("a run that its --timeout ends before a service could be reached does not end well") {
    pipeline_fixture f{{.records = 3}};
    auto yaml = f.files().read("pipeline.yaml");
    yaml.replace(yaml.find(f.simulator().url()), f.simulator().url().size(), "http://127.0.0.1:9");
    f.files().write("pipeline.yaml", yaml);
    const auto done = f.smelt({"run", "--wait", "--poll", "100ms", "--timeout", "1s"});
    INFO(done.out);
    CHECK(done.status == 2);
}
