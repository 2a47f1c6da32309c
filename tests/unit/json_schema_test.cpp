#include "catch.hpp"
#include "extraction.hpp"
#include "json_schema/format.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json_schema/evaluator.hpp"
#include "smelt/json_schema/pattern.hpp"

#include <stdexcept>

using smelt::json;
using smelt::usage_error;
using namespace smelt::json_schema;
using namespace smelt::json_text;

namespace {

bool accepts(const std::string &schema, const std::string &value) {
    json_tree tree;
    REQUIRE(read_json(value, tree).error == read_error::none);
    return evaluator{json::parse(schema), false}.accepts(tree.root());
}

std::string refusal(const std::string &schema) {
    try {
        evaluator{json::parse(schema), false};
    } catch (const usage_error &e) {
        return std::string{e.what()} + " | " + e.hint();
    }
    return "accepted";
}

pattern::answer match(const char *expression, const std::string &subject) {
    return pattern{expression}.match(subject);
}

} // namespace

TEST_CASE("numbers are compared as they are written") {
    CHECK_FALSE(accepts(R"({"multipleOf": 2})", "4.5"));
    CHECK(accepts(R"({"multipleOf": 0.01})", "19.99"));
    CHECK_FALSE(accepts(R"({"multipleOf": 0.01})", "19.999"));
    CHECK(accepts(R"({"multipleOf": 2})", "\"7\""));
    CHECK(accepts(R"({"multipleOf": 3})", "3e40"));
    CHECK(accepts(R"({"minimum": 0})", "18446744073709551615"));
    CHECK_FALSE(accepts(R"({"maximum": 9007199254740992})", "9007199254740993"));
    CHECK_FALSE(accepts(R"({"enum": [9007199254740992]})", "9007199254740993"));
    CHECK_FALSE(accepts(R"({"maximum": 9007199254740992})", "9007199254740992.5"));
    CHECK(accepts(R"({"maximum": 2.0, "minLength": 2.0})", "2"));
    CHECK(accepts(R"({"type": "integer", "const": 100})", "1.0e2"));
    CHECK_FALSE(accepts(R"({"exclusiveMinimum": -1})", "-1.0"));
    CHECK(accepts(R"({"exclusiveMaximum": -0.1})", "-0.11"));
    CHECK_FALSE(accepts(R"({"uniqueItems": true})", "[1, 2, 1.0]"));
}

TEST_CASE("lengths are counted in characters, beyond a NUL too") {
    CHECK(accepts(R"({"maxLength": 2, "minLength": 2})", "\"é😀\""));
    CHECK_FALSE(accepts(R"({"maxLength": 2})", R"("ab\u0000cd")"));
}

TEST_CASE("a schema that goes round without going down is refused, one that goes down is not") {
    CHECK_THAT(refusal(R"({"$ref": "#"})"), SMELT_CONTAINS("never end"));
    CHECK_THAT(refusal(R"({"anyOf": [{"$ref": "#/definitions/a"}], "definitions": {"a": {"not": {"$ref": "#"}}}})"),
               SMELT_CONTAINS("never end"));
    const std::string tree =
        R"({"type": "object", "properties": {"children": {"items": {"$ref": "#"}}}, "additionalProperties": false})";
    CHECK(accepts(tree, R"({"children": [{"children": []}, {}]})"));
    CHECK_FALSE(accepts(tree, R"({"children": [{"children": [1]}]})"));
}

TEST_CASE("alternatives that ask each level twice are given up instead of hanging") {
    // Each level asks the next one twice; oneOf may not stop early.
    const std::string twice =
        R"({"oneOf": [{"type": "integer"}, {"items": {"$ref": "#"}, "minItems": 1}, {"items": {"$ref": "#"}, "maxItems": 9}]})";
    json_tree tree;
    REQUIRE(read_json(std::string(60, '[') + "null" + std::string(60, ']'), tree).error == read_error::none);
    const auto found = evaluator{json::parse(twice), false}.violations(tree.root(), 10);
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0].expected, SMELT_CONTAINS("too much work"));
}

TEST_CASE("a violation names the keyword and the schema that holds it, behind references") {
    const auto schema = json::parse(R"({"properties": {"a": {"$ref": "#/definitions/few"}}, "required": ["b"],
                                        "definitions": {"few": {"items": {"maximum": 3}}}})");
    json_tree tree;
    REQUIRE(read_json(R"({"a": [1, 5]})", tree).error == read_error::none);
    const auto found = evaluator{schema, false}.violations(tree.root(), 10);
    REQUIRE(found.size() == 2);
    CHECK(found[0].keyword == "required");
    CHECK(found[0].schema.empty());
    CHECK(found[1].pointer == "/a/1");
    CHECK(found[1].keyword == "maximum");
    CHECK(found[1].schema == "/definitions/few/items");
}

TEST_CASE("what is not decided is never a pass, not even under not") {
    const std::string hard = std::string(200, 'a') + "b";
    CHECK_FALSE(accepts(R"({"pattern": "(a+)+$"})", "\"" + hard + "\""));
    CHECK_FALSE(accepts(R"({"not": {"pattern": "(a+)+$"}})", "\"" + hard + "\""));
    CHECK_FALSE(accepts(R"({"anyOf": [{"pattern": "(a+)+$"}, true]})", "\"" + hard + "\""));
}

TEST_CASE("keywords that would not be checked are refused with their pointer and a way out") {
    CHECK_THAT(refusal(R"({"properties": {"a": {"type": "string", "nullable": 1}}})"),
               SMELT_CONTAINS("/properties/a/nullable") && SMELT_CONTAINS("\"null\""));
    CHECK_THAT(refusal(R"({"items": {"format": "uri"}})"),
               SMELT_CONTAINS("/items/format") && SMELT_CONTAINS("date-time"));
    CHECK_THAT(refusal(R"({"prefixItems": [true], "items": [true]})"), SMELT_CONTAINS("/prefixItems"));
    CHECK_THAT(refusal(R"({"anyOf": [true], "unevaluatedProperties": false})"),
               SMELT_CONTAINS("/unevaluatedProperties"));
    CHECK_THAT(refusal(R"({"name": "card", "strict": true, "schema": {"type": "object"}})"),
               SMELT_CONTAINS("wrapping") && SMELT_CONTAINS("/name"));
    CHECK_THAT(refusal(R"({"contentEncoding": "base64"})"), SMELT_CONTAINS("/contentEncoding"));
    CHECK_THAT(refusal(R"({"exclusiveMinimum": true})"), SMELT_CONTAINS("draft 4"));
    CHECK_THAT(refusal(R"({"properties": {"a": {"required": true}}})"), SMELT_CONTAINS("draft 3"));
    CHECK_THAT(refusal(R"({"$ref": "#/definitions/a", "minLength": 3, "definitions": {"a": true}})"),
               SMELT_CONTAINS("/minLength"));
    CHECK_THAT(refusal(R"({"$ref": "https://example.org/s.json"})"), SMELT_CONTAINS("example.org"));
    CHECK_THAT(refusal(R"({"$ref": "#/definitions/none"})"), SMELT_CONTAINS("nothing is at"));
    CHECK_THAT(refusal(R"({"$schema": "http://json-schema.org/draft-04/schema#"})"), SMELT_CONTAINS("/$schema"));
    CHECK_THAT(refusal(R"({"minLength": 1.5})"), SMELT_CONTAINS("/minLength"));
    CHECK_THAT(refusal(R"({"multipleOf": 0})"), SMELT_CONTAINS("/multipleOf"));
    CHECK_THAT(refusal(R"({"patternProperties": {"(": true}})"), SMELT_CONTAINS("/patternProperties/("));
    std::string deep = "true";
    for (int i = 0; i < 1000; ++i)
        deep = R"({"items": )" + deep + "}";
    CHECK_THAT(refusal(deep), SMELT_CONTAINS("nested"));
}

TEST_CASE("words of later drafts and of OpenAPI mean what they mean there") {
    CHECK(accepts(R"({"properties": {"a": {"type": "string", "nullable": true}}})", R"({"a": null})"));
    CHECK_FALSE(accepts(R"({"properties": {"a": {"type": "string", "nullable": false}}})", R"({"a": null})"));
    CHECK(accepts(R"({"enum": ["x"], "nullable": true})", "null"));
    const std::string reference =
        R"({"definitions": {"d": {"type": "integer"}}, "properties": {"a": {"$ref": "#/definitions/d", "nullable": true}}})";
    CHECK(accepts(reference, R"({"a": null})"));
    CHECK_FALSE(accepts(reference, R"({"a": "x"})"));
    const std::string pair = R"({"prefixItems": [{"type": "integer"}, {"type": "string"}], "items": false})";
    CHECK(accepts(pair, R"([1, "a"])"));
    CHECK_FALSE(accepts(pair, R"(["a", 1])"));
    CHECK_FALSE(accepts(pair, R"([1, "a", 2])"));
    CHECK_FALSE(accepts(R"({"dependentRequired": {"a": ["b"]}})", R"({"a": 1})"));
    CHECK_FALSE(accepts(R"({"dependentSchemas": {"a": {"required": ["b"]}}})", R"({"a": 1})"));
    CHECK_FALSE(accepts(R"({"properties": {"a": true}, "unevaluatedProperties": false})", R"({"b": 1})"));
    CHECK(accepts(R"({"additionalProperties": true, "unevaluatedProperties": false})", R"({"b": 1})"));
}

TEST_CASE("patterns mean characters and follow ECMA 262 where engines differ") {
    using enum pattern::answer;
    CHECK(match("^.{2}$", "éa") == matches);
    CHECK(match("^a$", "a\n") == differs);
    CHECK(match("a.b", "a\nb") == differs);
    CHECK(match("^\\S+$", "a\u00a0b") == differs);
    CHECK(match("[^\\s]", "\u2003") == differs);
    CHECK(match("[\\W]", "é") == matches);
    CHECK(match("^[[:alpha:]]$", "a]") == matches);
    CHECK(match("\\bcat\\b", "a cat!") == matches);
    CHECK(match("\\ud83d\\udc32", "🐲") == matches);
    CHECK(match("a{,3}", "a{,3}") == matches);
    CHECK(match("(?i)^[a-z]{2}x$", "AbX") == matches);
    CHECK(match("(?i)^ab$", "abc") == differs);
    CHECK(match("^\\d{4}-(?<m>\\d{2})$", "2024-05") == matches);
}

TEST_CASE("patterns that cannot be matched exactly are refused") {
    for (const char *expression : {"a(?i)b", "(?i)\u00e9", "(?s)a", "(a)\\1", "a++", "(", "[a", "[z-a]", "\\p{L}",
                                   "\\Z", "\\a", "*a", "\\", "x{3,1}", "[]"})
        CHECK_THROWS_AS(pattern{expression}, std::invalid_argument);
}

TEST_CASE("a pattern never hangs or overflows the stack") {
    CHECK(match("(a+)+$", std::string(40, 'a') + "b") == pattern::answer::too_hard);
    CHECK(match("^(a|b)*$", std::string(1'000'000, 'a')) == pattern::answer::too_hard);
    CHECK(match("^.*$", std::string(1'000'000, 'a')) == pattern::answer::matches);
}

TEST_CASE("formats beyond the draft 7 suite") {
    CHECK(is_date("2024-02-29"));
    CHECK_FALSE(is_date("2023-02-29"));
    CHECK_FALSE(is_date("1900-02-29"));
    CHECK_FALSE(is_date("2024-2-9"));
    CHECK(is_date_time("2024-05-31t23:59:59.123z"));
    CHECK_FALSE(is_date_time("2024-05-31 23:59:59Z"));
    CHECK_FALSE(is_date_time("2024-05-31T23:59:59"));
    CHECK(is_time("23:59:60Z"));
    CHECK_FALSE(is_time("22:59:60Z"));
    CHECK(is_duration("P1Y2M3DT4H5M6S"));
    CHECK(is_duration("P2W"));
    for (const char *wrong : {"P", "PT", "P1", "1D", "P1D2H", "P1DT", "P2W1D", "PT1D", "P-1D", "P1S", "P1M2Y"})
        CHECK_FALSE(is_duration(wrong));
    CHECK(is_uuid("2EB8AA08-aa98-11ea-b4aa-73b441d16380"));
    CHECK_FALSE(is_uuid("2eb8aa08aa98-11ea-b4aa-73b441d16380-"));
    CHECK(is_ipv6("::ffff:192.0.2.1"));
    CHECK_FALSE(is_ipv6("1::2::3"));
    CHECK_FALSE(is_ipv6("1:2:3:4:5:6:7:8:"));
    CHECK_FALSE(is_ipv6("::1%eth0"));
    CHECK_FALSE(is_ipv4("192.0.2.01"));
    CHECK(is_email("\"a@b\"@example.org"));
    CHECK_FALSE(is_email("a..b@example.org"));
    CHECK_FALSE(is_email("\"a\"b\"@example.org"));
    CHECK_FALSE(is_hostname("-a.example"));
    CHECK_FALSE(is_hostname(""));
}
