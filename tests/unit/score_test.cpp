#include "catch.hpp"
#include "extraction.hpp"

#include "smelt/base/error.hpp"

#include <limits>

using namespace extraction_test;
using namespace smelt::extraction;
using smelt::cause_kind;
using smelt::json;
using smelt::usage_error;

namespace {

judgement with_confidence(const std::string &path, const std::string &answer) {
    auto d = with_schema(R"({"type": "object"})");
    d.score.confidence = path;
    return compiled_task{d}.judge(answer);
}

} // namespace

TEST_CASE("the score is the confidence minus the weights of failed soft rules, within 0 and 1") {
    CHECK(score_of(1.0, {}) == 1.0);
    CHECK(score_of(0.9, {{"a", false, 0.3, ""}, {"b", false, 0.1, ""}}) == Approx(0.5));
    CHECK(score_of(0.2, {{"a", false, 0.3, ""}}) == 0.0);
    CHECK(score_of(7.0, {}) == 1.0);
    CHECK(score_of(-1.0, {}) == 0.0);
    CHECK(score_of(std::numeric_limits<double>::quiet_NaN(), {}) == 0.0);
    CHECK(score_of(0.9, {{"a", true, 0.3, ""}}) == 0.9);
}

TEST_CASE("the confidence is read from the place that score.confidence names") {
    CHECK(with_confidence("$.c", R"({"c": 0.25})").confidence == 0.25);
    CHECK(with_confidence("$.a.b[1].c", R"({"a": {"b": [0, {"c": 1}]}})").confidence == 1.0);
    CHECK(with_confidence("$.c", R"({"c": 0.25})").findings.empty());
}

TEST_CASE("a confidence that cannot be used counts as 0 and says so softly") {
    for (const char *answer : {R"({})", R"({"c": "high"})", R"({"c": null})", R"({"c": {}})"}) {
        const auto v = with_confidence("$.c", answer);
        CHECK(v.cause == cause_kind::none);
        CHECK(v.confidence == 0.0);
        REQUIRE(v.findings.size() == 1);
        CHECK_FALSE(v.findings.front().hard);
        CHECK(v.findings.front().rule == "confidence");
    }
    const auto percent = with_confidence("$.c", R"({"c": 85})");
    CHECK(percent.confidence == 1.0);
    CHECK_THAT(first_message(percent), SMELT_CONTAINS("outside 0..1"));
}

TEST_CASE("a path that is not one is refused when the task is compiled") {
    for (const char *path : {"c", "$", "$c", "$.", "$..c", "$.a[", "$.a[x]", "$.a[]", "$.a.", "$.a[0", "$['a']",
                             "$.a[99999999999999999999]"})
        CHECK_THROWS_AS(with_confidence(path, "{}"), usage_error);
    auto d = definition();
    d.score.confidence = "$.c";
    CHECK_THROWS_WITH(compiled_task{d}, SMELT_CONTAINS("no output schema"));
}

TEST_CASE("findings become JSON that jsonb takes") {
    CHECK(to_json_text({}) == "[]");
    const auto text = to_json_text({{"schema", true, 0.0, "at /a: \"x\"\n"}, {"grounded", false, 0.25, "é"}});
    CHECK(json::parse(text) == json::parse(R"([{"rule": "schema", "severity": "hard", "message": "at /a: \"x\"\n"},
        {"rule": "grounded", "severity": "soft", "weight": 0.25, "message": "é"}])"));
}

TEST_CASE("the columns of a typed view follow the schema's properties") {
    const auto columns =
        output_columns(json::parse(R"({"$defs": {"name": {"type": "string"}}, "type": "object", "properties": {
        "title": {"type": "string"}, "year": {"type": ["integer", "null"]}, "open": {"type": "boolean"}, "tags": {"type": "array"},
        "kind": {"enum": ["a", null]}, "ref": {"$ref": "#/$defs/name"}, "maybe": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "mixed": {"type": ["string", "number"]}, "free": true, "fixed": {"const": 3}}})"));
    using kind = output_column::kind;
    const std::vector<std::pair<std::string, kind>> expected{
        {"title", kind::text}, {"year", kind::number}, {"open", kind::boolean}, {"tags", kind::json},
        {"kind", kind::text},  {"ref", kind::text},    {"maybe", kind::number}, {"mixed", kind::json},
        {"free", kind::json},  {"fixed", kind::number}};
    REQUIRE(columns.size() == expected.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        CAPTURE(i);
        CHECK(columns[i].name == expected[i].first);
        CHECK(columns[i].type == expected[i].second);
    }
}

TEST_CASE("an output without properties is one column, whatever a property may be called") {
    using kind = output_column::kind;
    const auto only = [](const json &schema) {
        const auto columns = output_columns(schema);
        REQUIRE(columns.size() == 1);
        return columns[0];
    };
    CHECK(only(json{}).name == "text");
    CHECK(only(json{}).type == kind::whole_text);
    CHECK(only(json::parse(R"({"type": "array"})")).name == "output");
    CHECK(only(json::parse(R"({"type": "array"})")).type == kind::whole);
    CHECK(only(json::parse(R"({"type": "object", "properties": {"text": {"type": "string"}}})")).type == kind::text);
}

TEST_CASE("the properties of alternatives and parts are columns too") {
    const auto columns = output_columns(
        json::parse(R"({"$defs": {"b": {"properties": {"n": {"type": "integer"}, "b": {"type": "boolean"}}}},
        "anyOf": [{"properties": {"n": {"type": "integer"}}}, {"$ref": "#/$defs/b"}], "allOf": [{"properties": {"b": {"type": "string"}}}]})"));
    using kind = output_column::kind;
    std::vector<std::pair<std::string, kind>> seen;
    for (const auto &column : columns)
        seen.emplace_back(column.name, column.type);
    CHECK(seen == std::vector<std::pair<std::string, kind>>{{"b", kind::json}, {"n", kind::number}});
}

TEST_CASE("what stands at a place of an output is said in few words") {
    using smelt::extraction::describe_member;
    const std::string output =
        R"({"confidence": null, "year": 3020, "parts": [{"n": "x"}], "long": ")" + std::string(200, 'y') + "\"}";
    CHECK(describe_member(output, {"confidence"}) == "null");
    CHECK(describe_member(output, {"confidnce"}) == "null (it is missing)");
    CHECK(describe_member(output, {"year"}) == "3020");
    CHECK(describe_member(output, {"year", "x"}) == "null (it is missing)");
    CHECK(describe_member(output, {"parts"}) == "an array of 1");
    CHECK(describe_member(output, {"parts", "0", "n"}) == "\"x\"");
    CHECK(describe_member(output, {"parts", "1"}) == "null (it is missing)");
    CHECK(describe_member(output, {"long"}).size() < 80);
}
