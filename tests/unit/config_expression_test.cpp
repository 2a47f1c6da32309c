#include "catch.hpp"

#include "smelt/config/expression.hpp"

using namespace smelt;
using namespace smelt::config;

namespace {

std::string members(std::string_view sql) {
    std::string all;
    for (const auto &path : members_of(sql, "output"))
        all += (all.empty() ? "" : " ") + to_text(path);
    return all;
}

std::string problem(const char *schema, std::string_view sql) {
    for (const auto &path : members_of(sql, "output"))
        if (const auto why = why_impossible(json::parse(schema), path))
            return why->message + "; " + why->hint;
    return "possible";
}

constexpr auto card = R"({"type":"object","properties":{"confidence":{"type":"number"},"kind":{"$ref":"#/$defs/kind"},
    "parts":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"}}}},
    "either":{"anyOf":[{"type":"object","properties":{"a":{"type":"string"}}},{"type":"object","properties":{"b":{"type":"string"}}},{"type":"null"}]},
    "map":{"type":"object","additionalProperties":{"type":"object","properties":{"n":{"type":"integer"}}}},
    "free":{"type":"object"},"any":{}},
    "$defs":{"kind":{"allOf":[{"type":"object","properties":{"name":{"type":"string"}}},{"properties":{"rank":{"type":"integer"}}}]}}})";

} // namespace

TEST_CASE("the members of output that an expression names are found by PostgreSQL's rules of writing") {
    CHECK(members("(output->>'confidence')::real > 0.5") == "confidence");
    CHECK(members("output -> 'a' ->> 'b' = 'x' AND Output->'a'->>'b' IS NOT NULL") == "a.b");
    CHECK(members("(output->'a')->>'b' = 'x'") == "a.b");
    CHECK(members("((output -> 'parts') -> 0) ->> 'name' <> ''") == "parts[0].name");
    CHECK(members("output->'parts'->-1->>'name' = ''") == "parts[1].name");
    CHECK(members("output #>> '{a, \"b c\",0}' = 'x'") == "a.b c[0]");
    CHECK(members("output->>E'it\\'s' = output->>$$x$$ and output->>'a''b' > ''") == "it's x a'b");
    CHECK(members("jsonb_array_length(output->'tags')->>'x' > 0") == "tags");
    CHECK(members("output->>'a'||'b' = 'x' /* output->>'no' */ -- output->>'no'\n") == "a");
    CHECK(members("'output->>''no''' = fields->>'a' and output ? 'b'").empty());
    CHECK(members("output->>lower('A') = 'x'").empty());
    CHECK(members("(output #>> '{}')::numeric > 0").empty());
    for (const char *unfinished : {"output->", "output->>'a", "output #>", "(output", "output->-", "$$ output", "$"})
        CHECK_NOTHROW(members(unfinished));
}

TEST_CASE("a member that no output of the schema can have is named with the nearest one that it can") {
    CHECK(problem(card, "output->>'confidnce' > '0'") ==
          "the output schema has no property \"confidnce\"; did you mean \"confidence\"?");
    CHECK_THAT(problem(card, "output->'parts'->0->>'nme' = ''"),
               SMELT_CONTAINS("parts[0].nme") && SMELT_CONTAINS("\"name\""));
    CHECK_THAT(problem(card, "output->'parts'->>'name' = ''"), SMELT_CONTAINS("parts.name"));
    CHECK_THAT(problem(card, "output->'confidence'->>'x' = ''"), SMELT_CONTAINS("confidence.x"));
    CHECK_THAT(problem(card, "output->'kind'->>'rnk' = ''"), SMELT_CONTAINS("\"rank\""));
    CHECK_THAT(problem(card, "output->'either'->>'c' = ''"), SMELT_CONTAINS("either.c"));
    CHECK_THAT(problem(card, "output->'map'->'x'->>'m' = ''"), SMELT_CONTAINS("map.x.m"));
    CHECK_THAT(problem("null", "output->>'x' = ''"), SMELT_CONTAINS("output #>> '{}'"));
}

TEST_CASE("a member that is possible, or of which nothing is known, is not refused") {
    for (const char *fine :
         {"output->>'confidence' > ''", "output->'kind'->>'name' = '' and output->'kind'->>'rank' > ''",
          "output->'either'->>'a' = '' or output->'either'->>'b' = ''", "output->'map'->'x'->>'n' > ''",
          "output->'free'->>'x' > ''", "output->'any'->'x'->>'y' > ''", "output->'parts'->1->>'name' > ''"})
        CHECK(problem(card, fine) == "possible");
    CHECK(problem(R"({"type":"object","properties":{"a":{}},"additionalProperties":true})", "output->>'b' > ''") ==
          "possible");
    CHECK(problem(R"({"type":"object","patternProperties":{"^b":{}},"additionalProperties":false})",
                  "output->>'b' > ''") == "possible");
    CHECK(problem(R"({"if":{},"then":{"properties":{"b":{}}},"properties":{"a":{}}})", "output->>'b' > ''") ==
          "possible");
    CHECK(problem(R"({"$ref":"#/$defs/none"})", "output->>'b' > ''") == "possible");
}
