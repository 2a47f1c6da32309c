#include "catch.hpp"

#include "smelt/base/error.hpp"
#include "smelt/extraction/strict_schema.hpp"

using smelt::json;
using smelt::usage_error;
using smelt::extraction::strict_adds_nulls;
using smelt::extraction::strict_schema;

namespace {

std::string adapted(const char *schema) {
    return strict_schema(json::parse(schema)).dump();
}

std::string refusal(const json &schema) {
    try {
        strict_schema(schema);
    } catch (const usage_error &e) {
        return std::string{e.what()};
    }
    return "accepted";
}

std::string refusal(const char *schema) {
    return refusal(json::parse(schema));
}

/// An object schema with one required property "p".
std::string refusal_of_property(const std::string &property) {
    return refusal((R"({"type": "object", "required": ["p"], "properties": {"p": )" + property + "}}").c_str());
}

json nested_objects(int levels) {
    json schema{{"type", "object"}, {"properties", json::object()}};
    for (int i = 1; i < levels; ++i)
        schema = {{"type", "object"}, {"required", {"p"}}, {"properties", {{"p", schema}}}};
    return schema;
}

} // namespace

TEST_CASE("every property becomes required and optional ones nullable, in the user's order") {
    CHECK(
        adapted(
            R"({"type": "object", "properties": {"z": {"type": "string"}, "a": {"type": ["integer", "null"]}, "m": {"enum": ["x"]}},
                      "required": ["z"]})") ==
        R"({"type":"object","properties":{"z":{"type":"string"},"a":{"type":["integer","null"]},)"
        R"("m":{"enum":["x",null],"type":["string","null"]}},"required":["z","a","m"],"additionalProperties":false})");
}

TEST_CASE("every way of writing an optional value is made nullable") {
    const auto property = [](const char *text) {
        const json schema{
            {"type", "object"}, {"$defs", {{"d", {{"type", "string"}}}}}, {"properties", {{"p", json::parse(text)}}}};
        return strict_schema(schema)["properties"]["p"].dump();
    };
    CHECK(property(R"({"type": "string", "format": "date"})") == R"({"type":["string","null"],"format":"date"})");
    CHECK(property(R"({"$ref": "#/$defs/d"})") == R"({"anyOf":[{"$ref":"#/$defs/d"},{"type":"null"}]})");
    CHECK(property(R"({"const": 3})") == R"({"anyOf":[{"const":3,"type":"integer"},{"type":"null"}]})");
    CHECK(property(R"({"anyOf": [{"type": "string"}, {"type": "integer"}]})") ==
          R"({"anyOf":[{"type":"string"},{"type":"integer"},{"type":"null"}]})");
    CHECK(property(R"({"anyOf": [{"type": "string"}, {"type": "null"}]})") ==
          R"({"anyOf":[{"type":"string"},{"type":"null"}]})");
    CHECK(property(R"({"type": ["string", "null"], "enum": ["a"]})") ==
          R"({"type":["string","null"],"enum":["a",null]})");
}

TEST_CASE("what is checked on return anyway is left out of what is sent") {
    CHECK(
        adapted(
            R"({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "minProperties": 1, "required": ["t", "l"],
        "properties": {"t": {"type": "string", "minLength": 1, "maxLength": 9, "pattern": "^a", "default": "a", "description": "d"},
                       "l": {"type": "array", "items": {"type": "number", "minimum": 0}, "maxItems": 3, "uniqueItems": true}}})") ==
        R"({"type":"object","properties":{"t":{"type":"string","pattern":"^a","description":"d"},)"
        R"("l":{"type":"array","items":{"type":"number","minimum":0},"maxItems":3}},"required":["t","l"],"additionalProperties":false})");
}

TEST_CASE("objects inside of arrays, alternatives and definitions are adapted too") {
    CHECK(
        adapted(R"({"type": "object", "required": ["l"], "properties": {"l": {"type": "array", "items": {"oneOf": [
        {"type": "object", "properties": {"a": {"type": "string"}}}, {"$ref": "#/definitions/d"}, {"$ref": "#"}]}}},
        "definitions": {"d": {"type": "object", "properties": {}}}})") ==
        R"({"type":"object","properties":{"l":{"type":"array","items":{"anyOf":[)"
        R"({"type":"object","properties":{"a":{"type":["string","null"]}},"required":["a"],"additionalProperties":false},)"
        R"({"$ref":"#/$defs/d"},{"$ref":"#"}]}}},"required":["l"],"additionalProperties":false,)"
        R"("$defs":{"d":{"type":"object","properties":{},"required":[],"additionalProperties":false}}})");
}

TEST_CASE("a root that refers to a definition is written out") {
    const auto made = strict_schema(json::parse(
        R"({"$ref": "#/definitions/R", "definitions": {"R": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}}})"));
    CHECK(made["type"] == "object");
    CHECK(made["properties"].contains("a"));
    CHECK_FALSE(made.contains("$ref"));
}

TEST_CASE(
    "a reference to another place, or with words beside it, is written out; in a circle it becomes an alternative") {
    const auto made = strict_schema(json::parse(
        R"({"type":"object","required":["a","b","c"],"properties":{"a":{"type":"string"},"b":{"$ref":"#/properties/a"},
            "c":{"$ref":"#/$defs/n","description":"first"}},
            "$defs":{"n":{"type":"object","required":["next"],"properties":{"next":{"$ref":"#/$defs/n","description":"again"}}}}})"));
    CHECK(made["properties"]["b"].dump() == R"({"type":"string"})");
    CHECK(made["properties"]["c"]["description"] == "first");
    CHECK(made["$defs"]["n"]["properties"]["next"].dump() ==
          R"({"description":"again","anyOf":[{"$ref":"#/$defs/n"}]})");
}

TEST_CASE("the parts of an allOf become one schema") {
    const auto merged = [](const char *parts) {
        const json schema{{"type", "object"}, {"required", {"p"}}, {"properties", {{"p", json::parse(parts)}}}};
        return strict_schema(schema)["properties"]["p"].dump();
    };
    CHECK(merged(R"({"allOf":[{"type":"number","minimum":1},{"type":"integer","minimum":3,"maximum":9}]})") ==
          R"({"type":"integer","minimum":3,"maximum":9})");
    CHECK(merged(R"({"allOf":[{"enum":["a","b"]},{"enum":["b","c"]}]})") == R"({"enum":["b"],"type":"string"})");
    CHECK(
        merged(
            R"({"allOf":[{"type":"object","required":["x"],"properties":{"x":{"type":"string"}}},{"required":["y"],"properties":{"y":{"type":"null"}}}]})") ==
        R"({"type":"object","properties":{"x":{"type":"string"},"y":{"type":"null"}},"required":["x","y"],"additionalProperties":false})");
}

TEST_CASE("what strict outputs cannot express is refused with its pointer and rule") {
    CHECK_THAT(refusal(R"({"type": "array", "items": {"type": "string"}})"), SMELT_CONTAINS("the root"));
    CHECK_THAT(refusal(R"({"anyOf": [{"type": "object", "properties": {}}]})"),
               SMELT_CONTAINS("/anyOf") && SMELT_CONTAINS("root"));
    CHECK_THAT(refusal(R"({"type": "object"})"), SMELT_CONTAINS("properties of an object"));
    CHECK_THAT(refusal(R"({"type": "object", "properties": {}, "required": ["x"]})"), SMELT_CONTAINS("\"x\""));
    CHECK_THAT(refusal_of_property(R"({"allOf": [{"type": "string"}, {"type": "integer"}]})"),
               SMELT_CONTAINS("/properties/p/allOf"));
    CHECK_THAT(refusal_of_property(
                   R"({"allOf": [{"additionalProperties": false, "properties": {}}, {"properties": {"a": {}}}]})"),
               SMELT_CONTAINS("/properties/p/allOf"));
    CHECK_THAT(refusal_of_property(R"({"type": "string", "not": {"const": "a"}})"),
               SMELT_CONTAINS("/properties/p/not"));
    CHECK_THAT(refusal_of_property(R"({"type": "string", "if": true, "then": true})"),
               SMELT_CONTAINS("/properties/p/if"));
    CHECK_THAT(refusal_of_property(R"({"type": "object", "properties": {}, "dependencies": {"a": ["b"]}})"),
               SMELT_CONTAINS("dependencies"));
    CHECK_THAT(refusal_of_property(R"({"type": "object", "patternProperties": {"^a": true}})"),
               SMELT_CONTAINS("patternProperties"));
    CHECK_THAT(
        refusal_of_property(R"({"type": "object", "additionalProperties": {"type": "string"}, "properties": {}})"),
        SMELT_CONTAINS("/properties/p/additionalProperties"));
    CHECK_THAT(refusal_of_property(R"({"type": "array"})"), SMELT_CONTAINS("items"));
    CHECK_THAT(refusal_of_property(R"({"type": "array", "items": [{"type": "string"}]})"),
               SMELT_CONTAINS("/properties/p/items"));
    CHECK_THAT(refusal_of_property("{}"), SMELT_CONTAINS("need a type"));
    CHECK_THAT(refusal_of_property("true"), SMELT_CONTAINS("/properties/p"));
    CHECK_THAT(
        refusal(
            R"({"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"$ref": "#/properties/a"}}}}})"),
        SMELT_CONTAINS("/$ref") && SMELT_CONTAINS("leads back to itself"));
    CHECK_THAT(refusal(R"({"type": "object", "properties": 3})"), SMELT_CONTAINS("/properties"));
}

TEST_CASE("the limits of strict outputs are kept") {
    CHECK(refusal(nested_objects(10)) == "accepted");
    CHECK_THAT(refusal(nested_objects(11)), SMELT_CONTAINS("levels"));

    json wide{{"type", "object"}, {"properties", json::object()}};
    for (int i = 0; i < 5'000; ++i)
        wide["properties"]["p" + std::to_string(i)] = {{"type", "string"}};
    CHECK(refusal(wide) == "accepted");
    wide["properties"]["one more"] = {{"type", "string"}};
    CHECK_THAT(refusal(wide), SMELT_CONTAINS("5,001 properties"));

    json choice{{"type", "object"}, {"required", {"p"}}, {"properties", {{"p", {{"enum", json::array()}}}}}};
    for (int i = 0; i < 1'000; ++i)
        choice["properties"]["p"]["enum"].push_back(std::to_string(10'000 + i));
    CHECK(refusal(choice) == "accepted");
    choice["properties"]["p"]["enum"].push_back("x");
    CHECK_THAT(refusal(choice), SMELT_CONTAINS("1,001 values"));
    choice["properties"]["p"]["enum"][0] = std::string(15'000, 'x');
    CHECK_THAT(refusal(choice), SMELT_CONTAINS("/properties/p/enum"));

    const json named{{"type", "object"}, {"properties", {{std::string(120'001, 'n'), {{"type", "string"}}}}}};
    CHECK_THAT(refusal(named), SMELT_CONTAINS("120,001 characters"));
}

TEST_CASE("an adapted schema is adapted to itself") {
    const json once =
        strict_schema(json::parse(R"({"type": "object", "properties": {"a": {"type": "string"}, "b": {"anyOf": [
        {"type": "object", "properties": {"c": {"enum": [1, 2]}}}, {"type": "null"}]}}})"));
    CHECK(strict_schema(once) == once);
    CHECK_FALSE(strict_adds_nulls(once));
}

TEST_CASE("nulls are added only where an optional property does not allow them") {
    const auto adds = [](const char *schema) { return strict_adds_nulls(json::parse(schema)); };
    CHECK(adds(R"({"type": "object", "properties": {"a": {"type": "string"}}})"));
    CHECK_FALSE(adds(R"({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]})"));
    CHECK_FALSE(adds(R"({"type": "object", "properties": {"a": {"type": ["string", "null"]}}})"));
    CHECK(adds(
        R"({"type": "object", "required": ["l"], "properties": {"l": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}}}})"));
    CHECK_FALSE(adds(R"({"type": "array"})"));
}
