#include "catch.hpp"
#include "extraction.hpp"

#include "smelt/base/error.hpp"

using namespace extraction_test;
using smelt::cause_kind;
using smelt::usage_error;
using smelt::extraction::compiled_task;

namespace {

const std::string any_object = R"({"type": "object"})";
const std::string paper =
    R"({"type": "object", "required": ["title", "year"], "additionalProperties": false, "properties": {
    "title": {"type": "string", "minLength": 1}, "year": {"type": "integer", "minimum": 1900},
    "kind": {"enum": ["article", "book"]}, "pages": {"type": "array", "items": {"type": "integer"}},
    "note": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]}}})";

std::string of_paper(const std::string &answer) {
    return first_message(judge(paper, answer));
}

} // namespace

TEST_CASE("a valid answer passes with its own text, trimmed") {
    const auto v = judge(paper, "\n {\"year\":2.020e3 , \"title\":\"\\u00e9 é\"}\r\n");
    CHECK(v.cause == cause_kind::none);
    CHECK(v.findings.empty());
    CHECK(v.output == "{\"year\":2.020e3 , \"title\":\"\\u00e9 é\"}");
    CHECK(v.confidence == 1.0);
}

TEST_CASE("a broken schema names the place, what was expected and what was found") {
    CHECK(of_paper(R"({"title": "T", "year": "1999"})") == R"(at /year: expected an integer, found "1999")");
    CHECK(of_paper(R"({"title": "T", "year": 1899})") == "at /year: expected a number not below 1900, found 1899");
    CHECK(of_paper(R"({"year": 1999})") == R"(the answer: the property "title" is required but missing)");
    CHECK(of_paper(R"({"title": "T", "year": 1999, "kind": "map"})") ==
          R"(at /kind: expected one of "article", "book", found "map")");
    CHECK(of_paper(R"({"title": "T", "year": 1999, "pages": [1, 2.5]})") ==
          "at /pages/1: expected an integer, found 2.5");
    CHECK(of_paper(R"({"title": "T", "year": 1999, "pages": 7})") == "at /pages: expected an array, found 7");
    CHECK(of_paper(R"({"title": "", "year": 1999})") == R"(at /title: expected at least 1 characters, found 0: "")");
    CHECK(of_paper(R"({"title": "T", "year": 1999, "note": "long"})") ==
          R"(at /note: expected at most 3 characters, found 4: "long")");
    CHECK(of_paper(R"({"title": "T", "year": 1999, "note": 5})") == "at /note: expected a string or null, found 5");
    CHECK_THAT(of_paper(R"({"title": "T", "year": 1999, "a/b": 5})"), SMELT_CONTAINS("allowed: title, year, kind"));
    CHECK(judge(paper, R"({"title": "T"})").cause == cause_kind::schema);
    CHECK(judge(paper, R"({"title": "T"})").output == R"({"title": "T"})");
}

TEST_CASE("the branch of a union that is meant is the one that is explained") {
    const std::string shapes = R"({"anyOf": [
        {"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}}, "required": ["kind", "radius"]},
        {"type": "object", "properties": {"kind": {"const": "line"}, "length": {"type": "number"}}, "required": ["kind", "length"]}]})";
    CHECK(first_message(judge(shapes, R"({"kind": "line", "length": "x"})")) ==
          R"(at /length: expected a number, found "x")");
    CHECK_THAT(first_message(judge(shapes, R"({"length": "x"})")), SMELT_CONTAINS("one of 2 alternatives"));
}

TEST_CASE("findings are all hard, few and short") {
    std::string answer = "[";
    for (int i = 0; i < 100; ++i)
        answer += (i ? ",\"" : "\"") + std::string(2000, 'x') + "\"";
    const auto v = judge(R"({"items": {"type": "integer"}})", answer + "]");
    CHECK(v.findings.size() == 10);
    for (const auto &f : v.findings) {
        CHECK(f.hard);
        CHECK(f.rule == "schema");
        CHECK(f.message.size() <= 500);
    }
}

TEST_CASE("other text around the JSON is refused and quoted") {
    const auto prose = judge(any_object, "Here is the JSON: {\"a\": 1}");
    CHECK(prose.cause == cause_kind::not_json);
    CHECK_THAT(first_message(prose), SMELT_CONTAINS("Here is the JSON"));
    const auto after = judge(any_object, "{\"a\": 1} I hope this helps");
    CHECK(after.cause == cause_kind::not_json);
    CHECK_THAT(first_message(after), SMELT_CONTAINS("I hope this helps"));
    CHECK_THAT(first_message(judge(any_object, "{\"a\": {\"b\": [1, }")), SMELT_CONTAINS("/a/b/1"));
    CHECK_THAT(first_message(judge(any_object, "{\"a\": {\"b\": [1")), SMELT_CONTAINS("ends too early"));
}

TEST_CASE("a whole document in a wrapping is read, and the wrapping is named") {
    const std::string document = R"({"title": "<think>", "year": 2001})";
    const std::vector<std::pair<std::string, std::string>> wrapped{
        {"<think>\nIt says {2001}.\n</think>\n\n" + document, "thoughts (</think>)"},
        {"So it is 2001.\n</think>\n" + document, "thoughts (</think>)"},
        {"[THINK]hm[/THINK]" + document, "[/THINK]"},
        {"<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>" + document, "final"},
        {"```json\n" + document + "\n```", "a code fence"},
        {"~~~~\n" + document + "\n~~~~", "a code fence"},
        {"\xEF\xBB\xBF" + document, "a byte order mark"},
        {document + "\u00a0\n", "white space"},
        {document + "<|im_end|>", "<|im_end|>"},
        {document + "</s>", "</s>"},
        {"<answer>" + document + "</answer>", "<answer>"},
        {"<think>x</think>\n```\n" + document + "\n```<|eot_id|>", "a code fence"},
        {smelt::json(document).dump(), "a JSON string"},
        {"```json\n" + smelt::json(document).dump() + "\n```", "a code fence, a JSON string"},
    };
    for (const auto &[answer, what] : wrapped) {
        CAPTURE(answer);
        const auto v = judge(paper, answer);
        CHECK(v.cause == cause_kind::none);
        CHECK(v.output == document);
        REQUIRE(v.findings.size() == 1);
        CHECK_FALSE(v.findings[0].hard);
        CHECK(v.findings[0].weight == 0.0);
        CHECK_THAT(v.findings[0].message, SMELT_CONTAINS(what));
    }
}

TEST_CASE("a wrapping whose content is not one document is refused, and says where text was seen") {
    const std::string document = R"({"title": "T", "year": 2001})";
    const auto refused = [&](const std::string &answer, const char *words) {
        CAPTURE(answer);
        const auto v = judge(paper, answer);
        CHECK(v.cause != cause_kind::none);
        CHECK_THAT(first_message(v), SMELT_CONTAINS(words));
    };
    refused(document + "\n" + document, "more text");
    refused("```json\n" + document + "\n" + document + "\n```", "more text");
    refused("```\n" + document + "\n```\n```\n" + document + "\n```", "code fence");
    refused("Here it is:\n```json\n" + document + "\n```", "code fence");
    refused("<think>" + document, "thoughts that do not end");
    refused("<think>" + document + "</think>", "empty but for a block of thoughts");
    refused("<think>hm</think> The answer: " + document, "without a block of thoughts");
    refused("[" + document + "]", "expected an object, found an array of 1");
    refused("\xEF\xBB\xBF", "empty but for a byte order mark");
    refused(smelt::json(std::string{"{\"title\": 1}"}).dump(), "expected an object");
}

TEST_CASE("a text that is wanted as JSON stays as it is") {
    const auto v = judge(R"({"type": "string"})", R"("{\"a\": 1}")");
    CHECK(v.cause == cause_kind::none);
    CHECK(v.findings.empty());
    CHECK(v.output == R"("{\"a\": 1}")");
}

TEST_CASE("an answer of any depth is judged, and none is too deep for the stack") {
    for (const std::string &answer :
         {std::string(100'000, '['), std::string(100'000, '[') + std::string(100'000, ']'),
          "```json\n" + std::string(100'000, '[') + "\n```", smelt::json(std::string(100'000, '[')).dump()}) {
        const auto v = judge(any_object, answer);
        CHECK(v.cause == cause_kind::schema);
    }
}

TEST_CASE("what only looks like JSON is refused") {
    for (const char *answer : {"{'a': 1}",
                               "{\"a\": 1,}",
                               "{\"a\": 01}",
                               "{\"a\": .5}",
                               "{\"a\": 1.}",
                               "{\"a\": NaN}",
                               "{\"a\": +1}",
                               "{\"a\": \"\t\"}",
                               "{\"a\": \"\\x\"}",
                               "{a: 1}",
                               "{\"a\" 1}",
                               "[1 2]",
                               "{\"a\": tru}",
                               "{\"a\": 1}}",
                               "// c\n{}",
                               "{\"a\": 1} {\"b\": 2}",
                               "nul",
                               "\"",
                               "-",
                               "{\"a\": \"\\u12\"}"})
        CHECK(judge("{}", answer).cause == cause_kind::not_json);
}

TEST_CASE("an answer without text is empty") {
    CHECK(judge(any_object, "").cause == cause_kind::empty);
    CHECK(judge(any_object, " \n").cause == cause_kind::empty);
}

TEST_CASE("one name twice in an object is a schema failure at its place") {
    const auto v = judge(any_object, R"({"a": [{"b": 1, "c": 2, "b": 3}]})");
    CHECK(v.cause == cause_kind::schema);
    CHECK(first_message(v) == "at /a/0/b: the same name stands twice in one object");
    CHECK(v.output.empty());
    CHECK(judge(any_object, R"({"a": 1, "\u0061": 2})").cause == cause_kind::schema);
    CHECK(judge(any_object, R"({"a": {"x": 1}, "b": {"x": 1}})").cause == cause_kind::none);
    std::string many = "{";
    for (int i = 0; i < 100; ++i)
        many += "\"k" + std::to_string(i) + "\": 1, ";
    CHECK(judge(any_object, many + "\"k7\": 1}").cause == cause_kind::schema);
    CHECK(judge(any_object, many + "\"k100\": 1}").cause == cause_kind::none);
}

TEST_CASE("what jsonb cannot hold is refused by name") {
    const auto nul = judge(any_object, R"({"a": ["x", "b\u0000"]})");
    CHECK(nul.cause == cause_kind::unstorable);
    CHECK(nul.output.empty());
    CHECK_THAT(first_message(nul), SMELT_CONTAINS("at /a/1") && SMELT_CONTAINS("u0000"));
    CHECK(judge(any_object, R"({"a\u0000": 1})").cause == cause_kind::unstorable);
    CHECK(judge(any_object, R"({"a": "\ud800"})").cause == cause_kind::unstorable);
    CHECK(judge(any_object, R"({"a": "\udc00"})").cause == cause_kind::unstorable);
    CHECK(judge(any_object, R"({"a": "\udc00\ud800"})").cause == cause_kind::unstorable);
    CHECK(judge(any_object, R"({"a": "\ud83d\ude00 \ud7ff"})").cause == cause_kind::none);
    CHECK(judge(any_object, "{\"a\": \"\xff\"}").cause == cause_kind::unstorable);
    CHECK(judge(any_object, "{\"a\": \"\xed\xa0\x80\"}").cause == cause_kind::unstorable);
    CHECK(judge(any_object, std::string{"{}\0", 3}).cause == cause_kind::unstorable);
    CHECK(judge(any_object, R"({"a": 1e200000})").cause == cause_kind::unstorable);
    CHECK(judge(any_object, R"({"a": 1e-20000})").cause == cause_kind::unstorable);
    CHECK(judge(any_object, R"({"a": 1e-99999999999999999999})").cause == cause_kind::unstorable);
    CHECK(judge(any_object, "{\"a\": " + std::string(140'000, '1') + "}").cause == cause_kind::unstorable);
}

TEST_CASE("numbers that do not fit are refused with their digits") {
    const auto v = judge(any_object, R"({"a": {"b": 18446744073709551616}})");
    CHECK(v.cause == cause_kind::schema);
    CHECK(first_message(v) == "at /a/b: the number 18446744073709551616 does not fit into 64 bits");
    CHECK(judge(any_object, R"({"a": 18446744073709551615})").cause == cause_kind::none);
    CHECK(judge(any_object, R"({"a": -9223372036854775808})").cause == cause_kind::none);
    CHECK(judge(any_object, R"({"a": -9223372036854775809})").cause == cause_kind::schema);
    CHECK(judge(any_object, R"({"a": 1e400})").cause == cause_kind::schema);
    CHECK(judge(any_object, R"({"a": 1e-400})").cause == cause_kind::schema);
    CHECK(judge(any_object, R"({"a": 0.3333333333333333333333333333})").cause == cause_kind::none);
    CHECK(judge(any_object, R"({"a": 0e400})").cause == cause_kind::none);
}

TEST_CASE("nesting has a limit and no answer overflows the stack") {
    const auto nested = [](std::size_t depth) {
        return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
    };
    CHECK(judge(any_object, nested(256)).cause == cause_kind::none);
    const auto deep = judge(any_object, nested(257));
    CHECK(deep.cause == cause_kind::schema);
    CHECK(deep.findings.front().hard);
    CHECK(judge(any_object, nested(10'000)).cause == cause_kind::schema);
    CHECK(judge(any_object, std::string(1'000'000, '[')).cause == cause_kind::schema);
}

TEST_CASE("a runaway answer is refused") {
    CHECK(judge(any_object, "{\"a\": \"" + std::string(65 << 20, 'x') + "\"}").cause == cause_kind::unstorable);
    std::string values = "[1";
    for (int i = 0; i < 1'500'000; ++i)
        values += ",1";
    CHECK(judge("{}", values + "]").cause == cause_kind::schema);
}

TEST_CASE("without a schema any storable text is kept as a JSON string") {
    const compiled_task task{definition()};
    const auto v = task.judge(" a \"quote\"\n\x01 é");
    CHECK(v.cause == cause_kind::none);
    CHECK(v.output == R"(" a \"quote\"\n\u0001 é")");
    CHECK(task.judge(" \n").cause == cause_kind::empty);
    CHECK(task.judge(std::string{"a\0b", 3}).cause == cause_kind::unstorable);
    CHECK(task.judge("\xc3").cause == cause_kind::unstorable);
}

TEST_CASE("a null that only strict outputs forced counts as absent") {
    const std::string schema =
        R"({"type": "object", "required": ["a"], "properties": {"a": {"type": ["string", "null"]},
        "b": {"type": "string"}, "c": {"type": "object", "properties": {"d": {"type": "integer"}}}}})";
    CHECK(judge(schema, R"({"a": null, "b": null, "c": null})").cause == cause_kind::none);
    CHECK(judge(schema, R"({"a": null, "c": {"d": null}})").cause == cause_kind::none);
    CHECK(judge(schema, R"({"a": null, "b": 1})").cause == cause_kind::schema);
    CHECK(
        judge(
            R"({"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}, "c": {"type": "string"}}})",
            R"({"b": null, "c": null})")
            .cause == cause_kind::schema);
    // allOf cannot be sent as strict, so nothing forces a null there.
    CHECK(judge(R"({"type": "object", "properties": {"b": {"type": "string"}}, "allOf": [{"minProperties": 0}, true]})",
                R"({"b": null})")
              .cause == cause_kind::schema);
}

TEST_CASE("a definition that cannot be used names the task and the place") {
    const auto refused = [](const std::string &schema) {
        try {
            compiled_task{with_schema(schema)};
        } catch (const usage_error &e) {
            return std::string{e.what()};
        }
        return std::string{"accepted"};
    };
    CHECK_THAT(refused(R"({"properties": {"a/b": {"type": "sting"}}})"),
               SMELT_CONTAINS("task extract, output schema") && SMELT_CONTAINS("/properties/a~1b/type"));
    CHECK_THAT(refused(R"({"minLenght": 3})"), SMELT_CONTAINS("/minLenght") && SMELT_CONTAINS("not known"));
    CHECK_THAT(refused(R"({"pattern": "("})"), SMELT_CONTAINS("/pattern"));
    CHECK_THAT(refused(R"([1])"), SMELT_CONTAINS("a schema is an object"));
    CHECK(refused(R"({"x-note": 1, "title": "T", "$schema": "https://json-schema.org/draft/2020-12/schema"})") ==
          "accepted");
}

namespace {

smelt::extraction::judgement judge_number(const std::string &answer, std::optional<double> of = std::nullopt) {
    auto d = definition();
    d.answer = {smelt::bare_answer::kind::number, 1, 10, of, {}};
    return compiled_task{d}.judge(answer);
}

smelt::extraction::judgement judge_label(const std::string &answer,
                                         const std::vector<std::string> &labels = {"Yes", "No", "Maybe"}) {
    auto d = definition();
    d.answer = {smelt::bare_answer::kind::one_of, {}, {}, {}, labels};
    return compiled_task{d}.judge(answer);
}

} // namespace

TEST_CASE("an answer that is a number alone is that number, and nothing else is") {
    for (const auto *same : {"7", "7\n", " 7 ", "07", "<think>seven?</think>7", "```\n7\n```"}) {
        INFO(same);
        CHECK(judge_number(same).output == "7");
    }
    CHECK(judge_number("7.50").output == "7.50");
    CHECK(judge_number("10.0").output == "10.0");
    for (const auto *other :
         {"8/10", "Score: 6", "11", "0", "-3", "I would say seven.", "7 8", "7.", ".5", "1e1", "seven", "0x7", "７"}) {
        INFO(other);
        const auto v = judge_number(other);
        CHECK(v.cause == cause_kind::schema);
        CHECK(v.output.empty());
        CHECK_THAT(first_message(v), SMELT_CONTAINS("expected a number from 1 to 10 and nothing else, found "));
    }
    CHECK(judge_number("  \n").cause == cause_kind::empty);
    CHECK(judge_number(std::string(50, '9')).cause == cause_kind::schema);
}

TEST_CASE("a number of so many is read where the pipeline says of how many") {
    CHECK(judge_number("8/10", 10).output == "8");
    CHECK(judge_number("8 / 10", 10).output == "8");
    CHECK(judge_number("8/10.0", 10).output == "8");
    CHECK(judge_number("8", 10).output == "8");
    for (const auto *other : {"8/5", "8/", "/10", "8/10/10", "11/10", "8/10 points"})
        CHECK(judge_number(other, 10).cause == cause_kind::schema);
}

TEST_CASE("a label is stored as the pipeline file writes it") {
    CHECK(judge_label("Yes").output == R"("Yes")");
    CHECK(judge_label("maybe\n").output == R"("Maybe")");
    CHECK(judge_label("Yes.").cause == cause_kind::schema);
    CHECK_THAT(first_message(judge_label("Certainly")),
               SMELT_CONTAINS("one of these and nothing else: Yes, No, Maybe, found \"Certainly\""));
    CHECK(judge_label("us", {"US", "us"}).output == R"("us")");
    CHECK(judge_label("Us", {"US", "us"}).cause == cause_kind::schema);
    CHECK(judge_label("").cause == cause_kind::empty);
}
