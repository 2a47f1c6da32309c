#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <array>

using namespace smelt::test;

namespace {

const char *const hopeless_task = R"(
  extract:
    model: gpt-5-mini
    params: {max_completion_tokens: 100}
    user: "{{note}}"
    output: {type: object, properties: {year: {type: integer}}, required: [year]}
    rules: [{name: hopeless, check: "false"}]
    retry: {attempts: 1, backoff: 50ms}
)";

/// A pipeline in a state that has an exit code of its own.
struct state {
    std::string name;
    int code;
};

/// In the order in which they win where several meet: a run says the one that most needs attention.
const std::array<state, 5> states{{{"misspelt", 1}, {"refused", 4}, {"overloaded", 2}, {"failing", 3}, {"well", 0}}};

class one_pipeline_per_state : public pipeline_fixture {
  public:
    one_pipeline_per_state()
        : pipeline_fixture{{.records = 2, .simulator = {"--latency", "50ms", "--invalid-rate", "0"}}} {
        const auto yaml = files().read("pipeline.yaml");
        write_as("well", yaml);
        write_as("misspelt", changed(yaml, "tasks:", "taskz:"));
        write_as("refused", changed(yaml, simulator().url(), refusing_.url()));
        write_as("overloaded", changed(yaml, simulator().url(), overloaded_.url()));
        write_pipeline(hopeless_task);
        write_as("failing", files().read("pipeline.yaml"));
        refusing_.fault(R"({"on":"create","status":400,"code":"bad","message":"no such thing","count":1000})");
        overloaded_.fault(R"({"on":"upload","status":503,"retry_after_ms":"5","count":100000})");
    }

    int code_of(const std::vector<std::string> &names, const std::vector<std::string> &more = {}) {
        std::vector<std::string> arguments{"run", "--fail-on-failures"};
        for (const auto &name : names)
            arguments.push_back(name + ".yaml");
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto done = smelt(arguments);
        UNSCOPED_INFO(done.out << done.err);
        return done.status;
    }

  private:
    static std::string changed(std::string yaml, const std::string &from, const std::string &to) {
        const auto at = yaml.find(from);
        REQUIRE(at != std::string::npos);
        return yaml.replace(at, from.size(), to);
    }

    void write_as(const std::string &name, const std::string &yaml) {
        files().write(name + ".yaml", changed(yaml, "notes", name));
    }

    sim_server refusing_{{"--latency", "50ms", "--invalid-rate", "0"}};
    sim_server overloaded_{{"--latency", "50ms", "--invalid-rate", "0"}};
};

} // namespace

TEST_CASE("each state of a pipeline has its exit code, and of two the worse one is told, in either order") {
    one_pipeline_per_state f;
    for (const auto &s : states) {
        INFO(s.name);
        CHECK(f.code_of({s.name}, {"--wait", "--poll", "100ms", "--timeout", "3s"}) == s.code);
    }
    for (std::size_t worse = 0; worse < states.size(); ++worse)
        for (std::size_t other = worse + 1; other < states.size(); ++other) {
            const auto &a = states[worse];
            const auto &b = states[other];
            INFO(a.name << " and " << b.name);
            CHECK(f.code_of({a.name, b.name}) == a.code);
            CHECK(f.code_of({b.name, a.name}) == a.code);
        }
    f.check_promises();
}
