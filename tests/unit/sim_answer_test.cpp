#include "catch.hpp"
#include "simulator/answers/answer_schema.hpp"
#include "simulator/requests/strict_rules.hpp"

#include "smelt/json/reader.hpp"
#include "smelt/json_schema/evaluator.hpp"

#include <set>

using namespace smelt::sim;
using smelt::json;

namespace {

const std::string user =
    R"(Title: Growth of crystals in microgravity\nAbstract: We grew 14 crystals (three failed) on a station, )"
    R"(and measured their \"defects\" with X-rays over two years.\nVenue: Journal of Slow Things)";

const char *paper = R"({
  "type": "object", "additionalProperties": false,
  "required": ["title", "year", "kind", "confidence", "score", "authors", "doi", "published", "note", "nested", "share", "n", "tenth"],
  "properties": {
    "title": {"type": "string"},
    "year": {"type": "integer", "minimum": 1900, "maximum": 2030},
    "kind": {"type": "string", "enum": ["article", "book \"x\"", "other"]},
    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    "score": {"type": "integer", "minimum": 0, "maximum": 100},
    "authors": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"$ref": "#/$defs/person"}},
    "doi": {"type": "string", "pattern": "^10\\.[0-9]{4,5}/[a-z]+(-[A-F]\\d)?$"},
    "published": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
    "note": {"type": ["string", "null"]},
    "nested": {"$ref": "#/$defs/tree"},
    "share": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "n": {"type": "integer", "multipleOf": 7, "exclusiveMinimum": 7, "maximum": 70},
    "tenth": {"type": "number", "multipleOf": 0.5, "minimum": 0, "maximum": 9}
  },
  "$defs": {
    "person": {"type": "object", "additionalProperties": false, "required": ["name", "id"],
               "properties": {"name": {"type": "string"}, "id": {"type": "string", "format": "uuid"}}},
    "tree": {"type": "object", "additionalProperties": false, "required": ["label", "children"],
             "properties": {"label": {"const": "leaf"}, "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}
  }
})";

/// Says whether the text obeys the schema, by a validator that shares nothing with the generator.
class judge {
  public:
    explicit judge(const std::string &text) : schema_{json::parse(text), false} {}
    bool accepts(const std::string &answer) {
        using namespace smelt::json_text;
        constexpr read_rules strict{
            .numbers = number_range::binary, .storable_text = true, .names = unique_names::everywhere};
        json_tree parsed;
        return read_json(answer, parsed, strict).error == read_error::none && schema_.accepts(parsed.root());
    }

  private:
    smelt::json_schema::evaluator schema_;
};

std::string answer_of(const answer_schema &schema, std::uint64_t seed) {
    std::string out;
    schema.answer(user, seed, out);
    return out;
}

} // namespace

TEST_CASE("generated answers obey their schema") {
    const answer_schema schema{json::parse(paper)};
    judge validator{paper};
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        const std::string answer = answer_of(schema, seed);
        INFO(answer);
        REQUIRE(validator.accepts(answer));
    }
}

TEST_CASE("wrong answers break their schema") {
    const answer_schema schema{json::parse(paper)};
    judge validator{paper};
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        std::string answer;
        schema.wrong_answer(user, seed, answer);
        INFO(answer);
        REQUIRE_FALSE(json::parse(answer, nullptr, false).is_discarded());
        REQUIRE_FALSE(validator.accepts(answer));
    }
}

TEST_CASE("an answer depends on text and seed alone, and its words come from the text") {
    const answer_schema schema{json::parse(paper)};
    const answer_schema second{json::parse(paper)};
    CHECK(answer_of(schema, 7) == answer_of(second, 7));
    CHECK(answer_of(schema, 7) != answer_of(schema, 8));
    CHECK(json::parse(answer_of(schema, 7))["title"] == "Growth of crystals in microgravity");
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const auto name = json::parse(answer_of(schema, seed))["authors"][0]["name"].get<std::string>();
        INFO(name);
        CHECK(user.find(name) != std::string::npos);
    }
}

TEST_CASE("confidences are spread over the upper half") {
    const answer_schema schema{json::parse(paper)};
    double least = 1;
    double most = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const auto answer = json::parse(answer_of(schema, seed));
        least = std::min(least, answer["confidence"].get<double>());
        most = std::max(most, answer["confidence"].get<double>());
        CHECK(answer["score"].get<int>() >= 50);
    }
    CHECK(least >= 0.5);
    CHECK(least < 0.55);
    CHECK(most > 0.95);
}

TEST_CASE("a schema with a reference that leads nowhere is refused by name") {
    REQUIRE_THROWS_WITH(answer_schema(json::parse(R"({"properties":{"a":{"$ref":"#/$defs/none"}}})")),
                        SMELT_CONTAINS("#/$defs/none"));
}

TEST_CASE("strict structured outputs: the rule that a schema breaks is named") {
    const auto broken = [](const char *text) { return broken_strict_rule(json::parse(text)); };
    CHECK(broken(paper).empty());
    CHECK_THAT(broken(R"({"type":"array","items":{"type":"string"}})"), SMELT_CONTAINS("type: \"object\""));
    CHECK_THAT(broken(R"({"anyOf":[{"type":"object"}]})"), SMELT_CONTAINS("anyOf"));
    CHECK_THAT(broken(R"({"type":"object","properties":{"a":{"type":"string"}},"required":["a"]})"),
               SMELT_CONTAINS("additionalProperties"));
    CHECK_THAT(
        broken(R"({"type":"object","properties":{"a":{"type":"string"}},"required":[],"additionalProperties":false})"),
        SMELT_CONTAINS("Missing 'a'"));
    CHECK_THAT(
        broken(R"({"type":"object","properties":{"a":{"allOf":[]}},"required":["a"],"additionalProperties":false})"),
        SMELT_CONTAINS("'allOf' is not permitted"));
    CHECK_THAT(broken(R"({"type":"object","properties":{"a":{}},"required":["a"],"additionalProperties":false})"),
               SMELT_CONTAINS("'type' key"));
    std::string deep = R"({"type":"string"})";
    for (int i = 0; i < 11; ++i)
        deep = R"({"type":"object","properties":{"a":)" + deep + R"(},"required":["a"],"additionalProperties":false})";
    CHECK_THAT(broken(deep.c_str()), SMELT_CONTAINS("10 levels"));
}
