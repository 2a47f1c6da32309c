#include "actions/csv.hpp"
#include "actions/json_members.hpp"
#include "catch.hpp"

#include "smelt/actions/export_format.hpp"
#include "smelt/base/json.hpp"

using namespace smelt::actions;
using smelt::json;

namespace {

std::string csv_of(const std::vector<std::string> &fields) {
    std::string out;
    csv_row row{out};
    for (const auto &field : fields)
        row.field(field);
    row.end();
    return out;
}

std::vector<std::pair<std::string, std::string>> members(std::string_view object) {
    std::vector<std::pair<std::string, std::string>> found;
    for_each_member(object, [&](const std::string &name, std::string_view value) { found.emplace_back(name, value); });
    return found;
}

smelt::store::export_row answered_row() {
    smelt::store::export_row row;
    row.key = "p1";
    row.status = "extracted";
    row.fields = R"({"title": "A, \"B\"", "size": 12345678901234567890123})";
    row.output = R"({"year": 2001, "tags": ["a", "b"], "title": null, "score": 3})";
    row.score = "0.9";
    row.warnings = R"([{"rule": "grounded", "message": "not there"}])";
    row.warning_text = "grounded: not there";
    row.model = "m";
    row.cost_usd = "0.00000124";
    row.answered = true;
    row.input_tokens = 100;
    row.output_tokens = 40;
    return row;
}

} // namespace

TEST_CASE("CSV fields are quoted exactly where RFC 4180 asks for it") {
    CHECK(csv_of({"a", "b c", ""}) == "a,b c,\r\n");
    CHECK(csv_of({"a,b", "say \"x\"", "two\nlines", "cr\rhere"}) ==
          "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"cr\rhere\"\r\n");
    CHECK(csv_of({" a", "b "}) == "\" a\",\"b \"\r\n");
    CHECK(csv_of({"grün"}) == "grün\r\n");
}

TEST_CASE("members of a JSON object come out with their text untouched") {
    CHECK(members("{}").empty());
    CHECK(members("[1]").empty());
    CHECK(members("").empty());
    CHECK(members(R"({"a": 1, "b": {"c": [1, "}"], "d": "\"}"}, "e\n": "x,\"y", "f": [], "g": null})") ==
          std::vector<std::pair<std::string, std::string>>{
              {"a", "1"}, {"b", R"({"c": [1, "}"], "d": "\"}"})"}, {"e\n", R"("x,\"y")"}, {"f", "[]"}, {"g", "null"}});
    CHECK(members(R"({"n": 12345678901234567890123.4500})")[0].second == "12345678901234567890123.4500");
}

TEST_CASE("a JSON value in a cell is text without quotes, and null is nothing") {
    CHECK(json_cell("null").empty());
    CHECK(json_cell(R"("a\u00fc\n\"b\"")") == "aü\n\"b\"");
    CHECK(json_cell("true") == "true");
    CHECK(json_cell(R"({"a": 1})") == R"({"a": 1})");
}

TEST_CASE("a CSV export has the same columns in every row and keeps every digit") {
    const auto format = make_csv_format({{"size", "title"}, {"year", "tags", "title", "score"}, {}});
    std::string out;
    format->begin(out);
    format->row("extract", answered_row(), out);
    smelt::store::export_row waiting;
    waiting.key = "p2";
    waiting.status = "pending";
    waiting.fields = R"({"title": "C"})";
    format->row("extract", waiting, out);
    CHECK(out == "key,task,status,fields.size,fields.title,year,tags,title,score,smelt_score,needs_review,superseded,"
                 "warnings,model,"
                 "input_tokens,cached_tokens,output_tokens,reasoning_tokens,cost_usd\r\n"
                 "p1,extract,extracted,12345678901234567890123,\"A, \"\"B\"\"\",2001,\"[\"\"a\"\", "
                 "\"\"b\"\"]\",,3,0.9,false,false,"
                 "grounded: not there,m,100,0,40,0,0.00000124\r\n"
                 "p2,extract,pending,,C,,,,,,,,,,,,,,\r\n");
}

TEST_CASE("an answer without a schema goes into the column of its task") {
    const auto format = make_csv_format({{}, {"text", "answer"}, {{"summary", "text"}, {"score", "answer"}}});
    auto row = answered_row();
    row.output = R"("plain words")";
    std::string out;
    format->row("summary", row, out);
    CHECK(out.starts_with("p1,summary,extracted,plain words,,0.9,"));
    out.clear();
    row.output = "7";
    format->row("score", row, out);
    CHECK(out.starts_with("p1,score,extracted,,7,0.9,"));
}

TEST_CASE("an output without properties goes into the column output") {
    const auto format = make_csv_format({{}, {"output"}, {{"list", "output"}}});
    auto row = answered_row();
    row.output = R"([1, 2])";
    std::string out;
    format->row("list", row, out);
    CHECK(out.starts_with("p1,list,extracted,\"[1, 2]\",0.9,"));
}

TEST_CASE("our columns make room for properties of their names") {
    const auto format = make_csv_format({{"title"}, {"key", "status", "fields.title", "smelt_key"}, {}});
    std::string out;
    format->begin(out);
    CHECK(out.starts_with(
        "smelt_smelt_key,task,smelt_status,smelt_fields.title,key,status,fields.title,smelt_key,score,"));
}

TEST_CASE("a JSON line is one valid object that holds PostgreSQL's own text") {
    std::string out;
    const auto format = make_jsonl_format();
    format->row("extract", answered_row(), out);
    CHECK(out.ends_with("}\n"));
    CHECK(out.find('\n') == out.size() - 1);
    CHECK_THAT(out, SMELT_CONTAINS("12345678901234567890123"));
    const auto parsed = json::parse(out);
    CHECK(parsed["output"]["year"] == 2001);
    CHECK(parsed["warnings"][0]["rule"] == "grounded");
    CHECK(parsed["needs_review"] == false);

    out.clear();
    smelt::store::export_row waiting;
    waiting.key = "a \"key\"";
    waiting.status = "pending";
    waiting.fields = "{}";
    format->row("extract", waiting, out);
    const auto empty = json::parse(out);
    CHECK(empty["key"] == "a \"key\"");
    for (const auto *name :
         {"output", "score", "needs_review", "superseded", "warnings", "model", "input_tokens", "cost_usd"})
        CHECK(empty[name].is_null());
}
