#include "catch.hpp"
#include "pipeline_loader.hpp"

#include "smelt/extraction/compiled_task.hpp"

using namespace smelt;
using namespace smelt::test;

namespace {

task_definition repairing(std::vector<repair_step> steps, const json &output = json::object()) {
    task_definition d;
    d.name = "t";
    d.model = "m";
    d.user = "{{x}}";
    d.output = output;
    d.repair = std::move(steps);
    return d;
}

repair_step step(repair_step::kind type, std::string at = "$") {
    repair_step one;
    one.type = type;
    one.at = std::move(at);
    return one;
}

std::string output_of(const repair_step &one, const char *answer) {
    return extraction::compiled_task{repairing({one})}.judge(answer).output;
}

using kind = repair_step::kind;

} // namespace

TEST_CASE("an alias takes the place of a word in any case, and of nothing else") {
    auto one = step(kind::alias, "$.category");
    one.words = {{"lecture", "course"}, {"talk", "course"}};
    CHECK(output_of(one, R"({"category": " Lecture", "n": 1.50})") == R"({"category":"course","n":1.50})");
    CHECK(output_of(one, R"({"category": "lectures"})") == R"({"category": "lectures"})");
    CHECK(output_of(one, R"({"category": 3, "lecture": "lecture"})") == R"({"category": 3, "lecture": "lecture"})");
}

TEST_CASE("a number beyond its bounds becomes the nearer one, and others keep their digits") {
    auto one = step(kind::clamp, "$.items[*].sure");
    one.min = 0;
    one.max = 1;
    CHECK(output_of(one,
                    R"({"items":[{"sure":1.2},{"sure":0.70},{"sure":-3e2},{"sure":"2"}],"big":12345678901234567})") ==
          R"({"items":[{"sure":1},{"sure":0.70},{"sure":0},{"sure":"2"}],"big":12345678901234567})");
}

TEST_CASE("a list loses what stands in it twice, and what is not known") {
    CHECK(output_of(step(kind::distinct, "$.tags"), R"({"tags":["a","b","a",1,1.0,["a"],["a"]]})") ==
          R"({"tags":["a","b",1,1.0,["a"]]})");
    auto one = step(kind::keep_known, "$.tags");
    one.known = {"a", "b", 1, nullptr};
    CHECK(output_of(one, R"({"tags":["a","x","b",1,2,null]})") == R"({"tags":["a","b",1,null]})");
    CHECK(output_of(one, R"({"tags":"x"})") == R"({"tags":"x"})");
}

TEST_CASE("a list of one becomes its element") {
    CHECK(output_of(step(kind::unwrap_single), R"([{"a":1}])") == R"({"a":1})");
    CHECK(output_of(step(kind::unwrap_single), R"([{"a":1},{"a":2}])") == R"([{"a":1},{"a":2}])");
    CHECK(output_of(step(kind::unwrap_single), "[]") == "[]");
    CHECK(output_of(step(kind::unwrap_single, "$.a"), R"({"a":[7.0]})") == R"({"a":7.0})");
}

TEST_CASE("the only number in a text is read, and of two none is guessed") {
    auto one = step(kind::number_from_text, "$.n");
    const auto n = [&](const std::string &text) {
        const auto out = output_of(one, ("{\"n\":\"" + text + "\"}").c_str());
        return out.substr(5, out.size() - 6);
    };
    CHECK(n("Score: 7.50") == "7.50");
    CHECK(n("-3") == "-3");
    CHECK(n("007") == "7");
    CHECK(n("-0.5") == "-0.5");
    CHECK(n("00.5") == "0.5");
    CHECK(n("0") == "0");
    CHECK(n("1-2") == R"("1-2")");
    CHECK(n("8/10") == R"("8/10")");
    CHECK(n("none") == R"("none")");
    CHECK(n("**-7**") == "-7");
    CHECK(n("(-7)") == "-7");
    CHECK(n("\u22127") == "-7");
    CHECK(n("x-7") == "7");
    CHECK(n(".5") == "0.5");
    CHECK(n("-.5") == "-0.5");
    CHECK(n("50%") == R"("50%")");
    CHECK(n("1,000") == R"("1,000")");
    one.of = 10;
    CHECK(n("8/10") == "8");
    CHECK(n("8 of 10") == "8");
    CHECK(n("8/100") == R"("8/100")");
    CHECK(n("5. 10") == R"("5. 10")");
    CHECK(n("10") == "10");
}

TEST_CASE("repairs follow one another, are findings with place, before and after, and may cost score") {
    auto unwrap = step(kind::unwrap_single);
    auto alias = step(kind::alias, "$.tags[*]");
    alias.words = {{"b", "a"}};
    alias.cost = 0.25;
    const extraction::compiled_task task{repairing({unwrap, alias, step(kind::distinct, "$.tags")})};
    const auto judged = task.judge(R"([{"tags":["a","B"]}])");
    CHECK(judged.cause == cause_kind::none);
    CHECK(judged.output == R"({"tags":["a"]})");
    REQUIRE(judged.findings.size() == 3);
    const auto found = json::parse(extraction::to_json_text(judged.findings)).at(1);
    CHECK(found.at("rule") == "alias");
    CHECK(found.at("kind") == "repair");
    CHECK(found.at("place") == "/tags/1");
    CHECK(found.at("before") == "\"B\"");
    CHECK(found.at("after") == "\"a\"");
    CHECK(extraction::score_of(judged.confidence, judged.findings) == 0.75);
}

TEST_CASE("an answer that needs no repair stays as it is written") {
    const extraction::compiled_task task{repairing({step(kind::distinct, "$.a"), step(kind::unwrap_single)})};
    CHECK(task.judge("{ \"a\" : [1, 2] }").output == "{ \"a\" : [1, 2] }");
}

TEST_CASE("a repair is checked when the file is read") {
    loader l;
    const auto task = [](const std::string &repair) {
        return "pipeline: p\nsource: {csv: a.csv, key: id}\ntasks:\n  t:\n    model: m\n    user: \"{{x}}\"\n"
               "    output: {type: object, properties: {c: {type: number, minimum: 0, maximum: 1}, "
               "tags: {type: array, items: {enum: [a, b]}}}}\n    repair: [" +
               repair + "]\n";
    };
    const auto p = l.load(task("{step: clamp, at: $.c, cost: 0.1}, {step: keep_known, at: $.tags}"));
    const auto &steps = p.tasks.front().definition.repair;
    CHECK(steps[0].max == 1.0);
    CHECK(steps[0].cost == 0.1);
    CHECK(steps[1].known == std::vector<json>{"a", "b"});
    CHECK(definition_hash(definition_from_json(to_json(p.tasks.front().definition))) ==
          definition_hash(p.tasks.front().definition));
    CHECK_THAT(l.error(task("{step: clamp, at: $.tags}")), SMELT_CONTAINS("bounds"));
    CHECK_THAT(l.error(task("{step: keep_known, at: $.c}")), SMELT_CONTAINS("no list of values"));
    for (const char *at : {"$.", "$[", "$..c", "$.tags[", "$.tags[*]x", "$x", "$.c ", "$.*", "tags"})
        CHECK_THAT(l.error(task(std::string{"{step: clamp, at: '"} + at + "'}")),
                   SMELT_CONTAINS("repair[0].at") && SMELT_CONTAINS("path"));
    CHECK_THAT(l.error(task("{step: alias, at: $.c}")), SMELT_CONTAINS("needs words"));
    CHECK_THAT(l.error(task("{step: distinct, at: $.c, min: 1}")), SMELT_CONTAINS("belongs to the step clamp"));
    CHECK_THAT(l.error(task("{step: distinkt}")), SMELT_CONTAINS("distinct"));
    CHECK_THAT(l.error(task("{step: distinct, at: tags}")), SMELT_CONTAINS("path"));
}

TEST_CASE("repairs find bounds and values behind references, and are told when there are none") {
    loader l;
    const auto error = [&](const std::string &properties, const std::string &repair) {
        return l.error("pipeline: p\nsource: {csv: a.csv, key: id}\ntasks:\n  t:\n    model: m\n    user: \"{{x}}\"\n"
                       "    output: {type: object, properties: {" +
                       properties +
                       "}, definitions: {t: {minimum: 0, maximum: 9}, r: {$ref: '#/definitions/r'}, "
                       "e: {enum: [a, 1]}}}\n    repair: [" +
                       repair + "]\n");
    };
    CHECK(error("n: {$ref: '#/definitions/t'}", "{step: clamp, at: $.n}") == "no error");
    CHECK(error("n: {type: array, items: {$ref: '#/definitions/e'}}", "{step: keep_known, at: $.n}") == "no error");
    for (const char *broken : {"n: {$ref: '#/definitions/r'}", "n: {$ref: 5}", "n: {$ref: '#foo'}",
                               "n: {$ref: '#/definitions/~9'}", "n: {type: array, items: {$ref: '#/properties/n'}}"})
        CHECK_THAT(error(broken, "{step: clamp, at: $.n}"), SMELT_CONTAINS("no bounds"));
    CHECK_THAT(l.error("pipeline: p\nsource: {csv: a.csv, key: id}\ntasks:\n  t:\n    model: m\n    user: \"{{x}}\"\n"
                       "    output: {type: object, additionalProperties: false, properties: {list: {type: array}}}\n"
                       "    repair: [{step: distinct, at: $.lst}]\n"),
               SMELT_CONTAINS("no property \"lst\""));
}

TEST_CASE("what a repair makes too large is refused as if the answer had said it") {
    auto one = step(kind::number_from_text, "$.n");
    const auto judged = extraction::compiled_task{repairing({one})}.judge(R"({"n":"99999999999999999999"})");
    REQUIRE_FALSE(judged.findings.empty());
    CHECK_THAT(judged.findings.front().message, SMELT_CONTAINS("64 bits"));
}

TEST_CASE("what rules, schema and score say about one another is checked when the file is read") {
    loader l;
    const auto task = [](const std::string &more) {
        return "pipeline: p\nsource: {csv: a.csv, key: id}\ntasks:\n  t:\n    model: m\n    user: \"{{x}}\"\n"
               "    output: {type: object, required: [n], properties: {n: {type: integer, minimum: 0}, m: {type: "
               "integer}, low: {type: number, maximum: 0.9}}}\n" +
               more;
    };
    const auto rule = [&](const std::string &check, const std::string &more = "") {
        return task("    rules: [{name: r, check: \"" + check + "\"" + more + "}]\n");
    };
    CHECK_THAT(l.error(rule("(output->>'m')::int > 3")), SMELT_CONTAINS("does not require"));
    CHECK_NOTHROW(l.load(rule("coalesce((output->>'m')::int > 3, true)")));
    CHECK_NOTHROW(l.load(rule("(output->>'m')::int > 3", ", severity: soft, weight: 0.1")));
    CHECK_THAT(l.error(rule("(output->>'n')::int between 1 and 10")), SMELT_CONTAINS("minimum: 1"));
    CHECK_THAT(l.error(rule("(output->>'n')::int >= 5")), SMELT_CONTAINS("set minimum: 5"));
    CHECK_NOTHROW(l.load(rule("(output->>'n')::int between 0 and 10")));
    for (const char *check : {"output->>'m' ~ 'this is it'", "output->>'m' = '?'"})
        CHECK_THAT(l.error(rule(check)), SMELT_CONTAINS("does not require"));
    for (const char *check : {"(output->>'n')::int > 3 or output->>'m' = '4'", "output->>'m' notnull",
                              "(output->>'m')is null or true", "length(concat(output->>'m','')) < 9"})
        CHECK_NOTHROW(l.load(rule(check)));
    CHECK_THAT(l.error(rule("(output->>'n')::int > 0")), SMELT_CONTAINS("set minimum: 1"));
    CHECK_THAT(l.error(task("    score: {review_below: 0.7}\n")), SMELT_CONTAINS("the lowest is 1"));
    CHECK_THAT(l.error(task("    score: {confidence: $.n, review_below: 0}\n")), SMELT_CONTAINS("the lowest is 0"));
    CHECK_THAT(
        l.error(rule("(output->>'n')::int > 3", ", severity: soft, weight: 0.3") + "    score: {review_below: 0.5}\n"),
        SMELT_CONTAINS("the lowest is 0.7"));
    CHECK_THAT(l.error(task("    score: {confidence: $.low, review_below: 0.95}\n")),
               SMELT_CONTAINS("no score can reach it"));
    CHECK_NOTHROW(l.load(task("    score: {review_below: 0.7}\n    repair: [{step: distinct, cost: 0.5}]\n")));
}
