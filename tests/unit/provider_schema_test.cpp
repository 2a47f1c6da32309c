#include "catch.hpp"

#include "smelt/core/error.hpp"
#include "smelt/extraction/provider_schema.hpp"

using smelt::json;
using smelt::usage_error;
using smelt::extraction::anthropic_schema;
using smelt::extraction::gemini_schema;

namespace {

using translation = json (*)(const json &);

std::string refusal(translation translate, const char *schema) {
    try {
        translate(json::parse(schema));
        return "accepted";
    } catch (const usage_error &e) {
        return e.what();
    }
}

/// So many optional (or nullable) properties.
std::string wide(int count, const char *property, bool required) {
    json schema{{"type", "object"}, {"properties", json::object()}, {"required", json::array()}};
    for (int i = 0; i < count; ++i) {
        schema["properties"]["p" + std::to_string(i)] = json::parse(property);
        if (required)
            schema["required"].push_back("p" + std::to_string(i));
    }
    return schema.dump();
}

constexpr auto recursive = R"({"type":"object","properties":{"child":{"$ref":"#/$defs/n"}},
    "$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}}}}})";

} // namespace

TEST_CASE("anthropic: optional properties stay optional, bounds are left to the check of the answer") {
    const auto made = anthropic_schema(json::parse(
        R"({"type":"object","required":["a"],"properties":{"a":{"type":"integer","minimum":1,"maximum":5},
            "b":{"type":"string","maxLength":10,"pattern":"^x"},"c":{"type":"array","minItems":3,"maxItems":4,"items":{"type":"string"}}}})"));
    CHECK(made.dump() == R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"},)"
                         R"("c":{"type":"array","minItems":1,"items":{"type":"string"}}},"required":["a"],)"
                         R"("additionalProperties":false})");
}

TEST_CASE("anthropic: recursion and too much freedom are refused with the place") {
    CHECK_THAT(refusal(anthropic_schema, recursive), SMELT_CONTAINS("recursion"));
    CHECK_THAT(refusal(anthropic_schema, recursive), SMELT_CONTAINS("/properties/child/properties/next"));
    CHECK(refusal(anthropic_schema, wide(24, R"({"type":"string"})", false).c_str()) == "accepted");
    CHECK_THAT(refusal(anthropic_schema, wide(25, R"({"type":"string"})", false).c_str()),
               SMELT_CONTAINS("25 optional properties"));
    CHECK(refusal(anthropic_schema, wide(16, R"({"type":["string","null"]})", true).c_str()) == "accepted");
    CHECK_THAT(refusal(anthropic_schema, wide(17, R"({"type":["string","null"]})", true).c_str()),
               SMELT_CONTAINS("17 properties of several types"));
}

TEST_CASE("gemini: types in capitals, nullable instead of null, the order written down") {
    const auto made = gemini_schema(json::parse(
        R"({"type":"object","required":["z"],"properties":{"z":{"type":["string","null"],"description":"d"},
            "a":{"enum":["x","y"]},"n":{"type":"array","minItems":2,"items":{"type":"number","maximum":1}}}})"));
    CHECK(made == json::parse(
                      R"({"type":"OBJECT","properties":{"z":{"description":"d","nullable":true,"type":"STRING"},
            "a":{"type":"STRING","format":"enum","enum":["x","y"]},
            "n":{"minItems":2,"type":"ARRAY","items":{"maximum":1,"type":"NUMBER"}}},
            "propertyOrdering":["z","a","n"],"required":["z"]})"));
}

TEST_CASE("gemini: references are written out, and circles refused") {
    const auto made = gemini_schema(json::parse(
        R"({"type":"object","properties":{"d":{"$ref":"#/$defs/day"},"e":{"anyOf":[{"$ref":"#/$defs/day"},{"type":"null"}]}},
            "$defs":{"day":{"type":"string","format":"date"}}})"));
    CHECK(made["properties"]["d"].dump() == R"({"type":"STRING"})");
    CHECK(made["properties"]["e"] == json::parse(R"({"nullable":true,"type":"STRING"})"));
    CHECK_FALSE(made.contains("$defs"));
    CHECK_THAT(refusal(gemini_schema, recursive), SMELT_CONTAINS("recursion"));
}

TEST_CASE("gemini: numbers that are enumerated and constants are left to the check of the answer") {
    const auto made = gemini_schema(json::parse(
        R"({"type":"object","properties":{"i":{"enum":[1,2]},"c":{"const":"x"},"m":{"type":["integer","string"]}}})"));
    CHECK(made["properties"]["i"].dump() == R"({"type":"INTEGER"})");
    CHECK(made["properties"]["c"] == json::parse(R"({"type":"STRING","format":"enum","enum":["x"]})"));
    CHECK(made["properties"]["m"] == json::parse(R"({"anyOf":[{"type":"INTEGER"},{"type":"STRING"}]})"));
}
