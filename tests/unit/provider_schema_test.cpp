#include "catch.hpp"

#include "smelt/base/error.hpp"
#include "smelt/extraction/provider_schema.hpp"

using smelt::json;
using smelt::usage_error;
using smelt::extraction::anthropic_schema;
using smelt::extraction::openai_schema;
using smelt::extraction::plain_schema;

namespace {

/// The form that goes into responseSchema.
json gemini_schema(const json &schema) {
    const auto form = smelt::extraction::gemini_schema(schema);
    CHECK(form.member == "responseSchema");
    return form.schema;
}

/// The form that goes into responseJsonSchema.
json gemini_json_schema(const char *schema) {
    const auto form = smelt::extraction::gemini_schema(json::parse(schema));
    CHECK(form.member == "responseJsonSchema");
    return form.schema;
}

/// What each service is sent, as text.
std::vector<std::string> for_every_service(const char *text) {
    const auto schema = json::parse(text);
    return {openai_schema(schema).schema.dump(), plain_schema(schema).dump(), anthropic_schema(schema).dump(),
            smelt::extraction::gemini_schema(schema).schema.dump()};
}

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
}

TEST_CASE("gemini: what responseSchema cannot express goes into responseJsonSchema") {
    CHECK(gemini_json_schema(recursive)["properties"]["child"] == json::parse(R"({"$ref":"#/$defs/n"})"));
    CHECK(gemini_json_schema(R"({"type":"object","properties":{"m":{"type":"object","additionalProperties":
        {"type":"integer","description":"how many"}}}})")["properties"]["m"]
              .dump() == R"({"type":"object","additionalProperties":{"type":"integer","description":"how many"}})");
    CHECK(gemini_json_schema(R"({"type":"object","properties":{"t":{"type":"array","prefixItems":
        [{"type":"integer"},{"type":"string"}]}}})")["properties"]["t"]
              .dump() == R"({"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}]})");
    CHECK(gemini_json_schema(R"({"type":"object","properties":{"any":{}}})")["properties"]["any"].empty());
}

TEST_CASE("gemini: a circle of references goes through properties that are not required") {
    const auto made = gemini_json_schema(R"({"$defs":{"n":{"type":"object","required":["name","kids"],"properties":
        {"name":{"type":"string"},"kids":{"type":"array","items":{"$ref":"#/$defs/n"}}}}},"$ref":"#/$defs/n"})");
    CHECK(made["$defs"]["n"]["required"].dump() == R"(["name"])");
}

TEST_CASE("every description reaches every service, wherever it stands") {
    const auto *schema = R"({"$ref":"#/$defs/root","description":"ROOT","$defs":{
        "root":{"type":"object","description":"OWN","required":["a","b","c","d"],"properties":{
            "a":{"$ref":"#/$defs/kind","description":"BESIDE"},
            "b":{"allOf":[{"$ref":"#/$defs/kind"}],"description":"AROUND"},
            "c":{"allOf":[{"type":"string","description":"FIRST"},{"maxLength":9,"description":"SECOND"}]},
            "d":{"anyOf":[{"type":"string","description":"BRANCH"},{"type":"null","description":"NONE"}],"description":"OUTER"}}},
        "kind":{"type":"string","enum":["x"],"description":"KIND"}}})";
    for (const auto &sent : for_every_service(schema))
        for (const char *word :
             {"ROOT", "OWN", "BESIDE", "AROUND", "FIRST", "SECOND", "BRANCH", "NONE", "OUTER", "KIND"})
            CHECK_THAT(sent, SMELT_CONTAINS(word));
}

TEST_CASE("what is not OpenAI's rule is not refused in its name") {
    const auto takes = [](const char *property) {
        const auto text = std::string{R"({"type":"object","required":["p"],"properties":{"p":)"} + property + "}}";
        CHECK(plain_schema(json::parse(text))["properties"].contains("p"));
        const auto form = openai_schema(json::parse(text));
        CHECK_FALSE(form.strict);
        CHECK(form.schema == json::parse(text));
        CHECK_THAT(form.why_not, SMELT_CONTAINS("/properties/p") && SMELT_CONTAINS("OpenAI"));
        CHECK_THAT(refusal(anthropic_schema, text.c_str()), SMELT_CONTAINS("Anthropic"));
    };
    takes("{}");
    takes(R"({"type":"object","additionalProperties":{"type":"integer"}})");
    takes(R"({"type":"array","prefixItems":[{"type":"integer"}]})");
    takes(R"({"type":"string","not":{"const":"a"}})");
    const auto *list = R"({"type":"array","items":{"type":"string"}})";
    CHECK(plain_schema(json::parse(list)) == json::parse(list));
    CHECK(anthropic_schema(json::parse(list)) == json::parse(list));
    CHECK(gemini_schema(json::parse(list))["type"] == "ARRAY");
    CHECK_THAT(refusal([](const json &s) { return openai_schema(s).schema; }, list), SMELT_CONTAINS("the root"));
}

TEST_CASE("patterns are sent where the service's grammar takes them") {
    const auto pattern_of = [](const json &sent) { return sent["properties"]["p"].value("pattern", "none"); };
    const auto sent = [](const char *pattern) {
        return json{{"type", "object"},
                    {"required", {"p"}},
                    {"properties", {{"p", {{"type", "string"}, {"pattern", pattern}}}}}};
    };
    CHECK(pattern_of(openai_schema(sent("^\\d+(?:,\\d+)*$")).schema) == "^\\d+(?:,\\d+)*$");
    CHECK(pattern_of(plain_schema(sent("^\\d+$"))) == "none");
    CHECK(pattern_of(plain_schema(sent("^[0-9]+\\.$"))) == "^[0-9]+\\.$");
    CHECK(pattern_of(plain_schema(sent("[0-9]"))) == "none");
    for (const char *special : {"^(?!a)b$", "(?i)^a$", "^(?<=a)b$"}) {
        CHECK(pattern_of(openai_schema(sent(special)).schema) == "none");
        CHECK(openai_schema(sent(special)).strict);
        CHECK(pattern_of(gemini_schema(sent(special))) == "none");
        CHECK(pattern_of(plain_schema(sent(special))) == "none");
    }
}

TEST_CASE("references that double at each step are refused instead of being written out for ever") {
    json schema{{"type", "object"}, {"required", {"p"}}, {"properties", {{"p", {{"$ref", "#/$defs/d0"}}}}}};
    for (int i = 0; i < 30; ++i) {
        const json next{{"$ref", "#/$defs/d" + std::to_string(i + 1)}, {"description", "again"}};
        schema["$defs"]["d" + std::to_string(i)] = {
            {"type", "object"}, {"required", {"a", "b"}}, {"properties", {{"a", next}, {"b", next}}}};
    }
    schema["$defs"]["d30"] = {{"type", "string"}};
    CHECK_THAT(refusal(anthropic_schema, schema.dump().c_str()), SMELT_CONTAINS("too large"));
    CHECK_FALSE(openai_schema(schema).strict);
}

TEST_CASE("gemini: numbers that are enumerated and constants are left to the check of the answer") {
    const auto made = gemini_schema(json::parse(
        R"({"type":"object","properties":{"i":{"enum":[1,2]},"c":{"const":"x"},"m":{"type":["integer","string"]}}})"));
    CHECK(made["properties"]["i"].dump() == R"({"type":"INTEGER"})");
    CHECK(made["properties"]["c"] == json::parse(R"({"type":"STRING","format":"enum","enum":["x"]})"));
    CHECK(made["properties"]["m"] == json::parse(R"({"anyOf":[{"type":"INTEGER"},{"type":"STRING"}]})"));
}
