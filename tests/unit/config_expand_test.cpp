#include "catch.hpp"
#include "environment.hpp"
#include "error_of.hpp"
#include "temp_folder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/expand.hpp"

using namespace smelt;
using namespace smelt::config;
using test::environment;

namespace {

pipeline with_dotenv(std::map<std::string, std::string> values) {
    pipeline p;
    p.file = "pipeline.yaml";
    p.dotenv = std::move(values);
    return p;
}

} // namespace

TEST_CASE("references are answered by the environment, then by .env, then by their default") {
    const environment set{"SMELT_TEST_A", "env"};
    const environment unset{"SMELT_TEST_B", std::nullopt};
    const environment empty{"SMELT_TEST_C", ""};
    const auto p = with_dotenv({{"SMELT_TEST_A", "file"}, {"SMELT_TEST_B", "file"}});
    CHECK(expand("x${SMELT_TEST_A}y${SMELT_TEST_B}z", p) == "xenvyfilez");
    CHECK(expand("${SMELT_TEST_D:-a b}${SMELT_TEST_D:-}", p) == "a b");
    CHECK(expand("[${SMELT_TEST_C}] [${SMELT_TEST_C:-default}]", p) == "[] [default]");
}

TEST_CASE("dollars that begin no reference stay, and $${ is a literal ${") {
    const auto p = with_dotenv({{"A", "${B}"}, {"B", "b"}});
    CHECK(expand("$5 $$ $A {A} 100$", p) == "$5 $$ $A {A} 100$");
    CHECK(expand("$${A} $$${A}", p) == "${A} $${A}");
    CHECK(expand("${A}", p) == "${B}");
}

TEST_CASE("a reference that cannot be resolved is an error that names it") {
    const auto p = with_dotenv({{"BAD", "\xFF"}});
    const auto error = [&](const std::string &text) { return test::error_of<file_error>([&] { expand(text, p); }); };
    CHECK_THAT(error("${SMELT_TEST_NONE}"),
               SMELT_CONTAINS("pipeline.yaml: the variable SMELT_TEST_NONE is not set | export SMELT_TEST_NONE"));
    CHECK_THAT(error("${BAD}"), SMELT_CONTAINS("the value of BAD is not valid UTF-8"));
    for (const auto *text : {"${}", "${1}", "${A B}", "${A-b}", "${A:b}"})
        CHECK_THAT(error(text), SMELT_CONTAINS("is not a reference to a variable"));
    CHECK_THAT(error("${A"), SMELT_CONTAINS("a ${ is not closed"));
}

TEST_CASE("in params a value that is one reference takes the type of what it reads as") {
    const auto p = with_dotenv({{"T", "0.2"}, {"N", "600"}, {"B", "true"}, {"W", "low"}});
    const auto params = json::parse(
        R"({"t":"${T}","n":"${N}","b":"${B}","w":"${W}","d":"${X_NONE:-5}","two":"${N}${N}","list":["${N}",1],"${N}":{"k":"v ${W}"}})");
    CHECK(expand(params, p).dump() ==
          R"({"t":0.2,"n":600,"b":true,"w":"low","d":5,"two":"600600","list":[600,1],"${N}":{"k":"v low"}})");
}

TEST_CASE("operational settings are expanded when the file is read, definitions keep their text") {
    const test::temp_folder folder;
    folder.write(".env", "HOST=127.0.0.1\nPORT=8080\nN=7\nMODEL=m1\nEMPTY=\n");
    const auto load = [&](const std::string &task, const std::string &rest) {
        return load_pipeline(folder.write(
            "p.yaml", "pipeline: p_${N}\nsource: {csv: '${HOST}.csv', key: id}\ntasks:\n  t:\n    user: '${HOST}'\n" +
                          task + rest));
    };
    const auto p =
        load("    model: ${MODEL}\n    params: {seed: '${N}', stop: '$${'}\n    rules: [{name: r, check: \"'${HOST}' = "
             "''\"}]\n",
             "prefilter: [{name: f, skip_if: \"'${HOST}' = ''\"}]\nprovider: {base_url: 'http://${HOST}:${PORT}/v1'}\n"
             "limits:\n  requests_per_batch: ${N}\n  open_batches: ${OPEN_NONE:-3}\n");
    CHECK(p.name == "p_7");
    CHECK(p.source.patterns.at(0) == "127.0.0.1.csv");
    CHECK(p.providers.front().base_url == "http://127.0.0.1:8080/v1");
    CHECK(p.providers.front().limits.requests_per_batch == 7);
    CHECK(p.providers.front().limits.open_batches == 3);
    const auto &d = p.tasks.at(0).definition;
    CHECK(d.model == "${MODEL}");
    CHECK(expand(d.model, p) == "m1");
    CHECK(d.params.dump() == R"({"seed":"${N}","stop":"$${"})");
    CHECK(expand(d.params, p).dump() == R"({"seed":7,"stop":"${"})");
    CHECK(d.user == "${HOST}");
    CHECK(d.rules.at(0).check == "'${HOST}' = ''");
    CHECK(p.prefilters.at(0).skip_if == "'${HOST}' = ''");
    CHECK(::getenv("HOST") == nullptr);

    const auto error = [&](const std::string &task, const std::string &rest) {
        return test::error_of<file_error>([&] { load(task, rest); });
    };
    CHECK_THAT(error("    model: m\n    params: {a: ${N}}\n", ""), SMELT_CONTAINS("such as ${VAR}, must be quoted"));
    CHECK_THAT(error("    model: ${NONE_SET}\n", ""),
               SMELT_CONTAINS("p.yaml:6: tasks.t.model: the variable NONE_SET is not set"));
    CHECK_THAT(error("    model: ${EMPTY}\n", ""),
               SMELT_CONTAINS("p.yaml:6: tasks.t.model: the model's name is empty"));
    CHECK_THAT(error("    model: m\n    params:\n      a: [1, '${NONE_SET}']\n", ""),
               SMELT_CONTAINS("p.yaml:8: tasks.t.params.a[1]: the variable"));
    CHECK_THAT(error("    model: m\n", "provider:\n  base_url: ${NONE_SET}\n"),
               SMELT_CONTAINS("p.yaml:8: provider.base_url: the variable"));
    CHECK_THAT(error("    model: m\n    priority: ${N}\n", ""), SMELT_CONTAINS("works only in model and params"));
}
