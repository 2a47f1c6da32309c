#include "actions/export/csv.hpp"
#include "actions/export/export_cells.hpp"
#include "actions/export/json_members.hpp"
#include "catch.hpp"
#include "cli/terminal/output_folder.hpp"
#include "error_of.hpp"

#include "smelt/actions/table_writer.hpp"
#include "smelt/base/error.hpp"
#include "smelt/base/json.hpp"

#include <algorithm>

using namespace smelt;
using namespace smelt::actions;

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

store::export_record answered_record() {
    store::export_record record;
    record.key = "p1";
    record.fields = R"({"title": "A, \"B\"", "size": 12345678901234567890123})";
    record.source_file = "papers/a.csv";
    record.source_line = 7;
    store::export_item item;
    item.status = "extracted";
    item.output = R"({"year": 2001, "tags": ["a", "b"], "title": null, "score": 3})";
    item.score = "0.9";
    item.warnings = "grounded: not there";
    item.model = "m";
    item.cost_usd = "0.00000124";
    item.is_answered = true;
    item.input_tokens = 100;
    item.output_tokens = 40;
    item.batch = 5;
    record.items = {item};
    return record;
}

store::export_record waiting_record() {
    store::export_record record;
    record.key = "p2";
    record.fields = R"({"title": "C"})";
    record.items.resize(1);
    record.items[0].status = "skipped";
    record.items[0].reason = "no text";
    return record;
}

std::vector<std::string> names_of(const std::vector<export_column> &columns) {
    std::vector<std::string> names;
    names.reserve(columns.size());
    for (const auto &column : columns)
        names.push_back(column.name);
    return names;
}

/// The records as a table of that format.
std::string table_text(const table_options &options, const std::vector<export_column> &columns,
                       const std::vector<store::export_record> &records) {
    std::string out;
    const auto writer = make_text_table(options, names_of(columns), [&](std::string_view piece) { out += piece; });
    export_cells cells{columns, 1};
    for (const auto &record : records)
        writer->row(cells.of(record, {}));
    writer->finish();
    return out;
}

std::string csv_line(const std::vector<std::string> &cells, bool spreadsheet) {
    std::string out;
    const auto writer =
        make_text_table({table_format::csv, spreadsheet}, {"a"}, [&](std::string_view piece) { out += piece; });
    std::vector<cell> row;
    row.reserve(cells.size());
    for (const auto &text : cells)
        row.push_back({text, false});
    writer->row(row);
    writer->finish();
    return out;
}

const std::vector<exported_task> extract{{task_id{1}, "extract", {"year", "tags", "title", "score"}, false}};

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

TEST_CASE("a table has the source's columns in their order, then the output's and ours") {
    const auto columns = usual_columns(columns_of({"title", "size"}, false, extract), {});
    CHECK(table_text({}, columns, {answered_record(), waiting_record()}) ==
          "key,title,size,year,tags,output.title,score,smelt_score,needs_review,superseded,warnings,status,reason,"
          "model,input_tokens,cached_tokens,output_tokens,reasoning_tokens,cost_usd\r\n"
          "p1,\"A, \"\"B\"\"\",12345678901234567890123,2001,\"[\"\"a\"\", \"\"b\"\"]\",,3,0.9,false,false,"
          "grounded: not there,extracted,,m,100,0,40,0,0.00000124\r\n"
          "p2,C,,,,,,,,,,skipped,no text,,,,,,\r\n");
}

TEST_CASE("the same columns as JSON keep their types and digits") {
    const auto columns = chosen_columns(columns_of({"title", "size"}, false, extract),
                                        {"f",
                                         {{"k", config::wished_column::kind::column, "key", 1},
                                          {"size", config::wished_column::kind::column, "size", 2},
                                          {"tags", config::wished_column::kind::column, "tags", 3},
                                          {"year", config::wished_column::kind::column, "year", 4},
                                          {"by", config::wished_column::kind::constant, "A \"B\"", 5}}});
    CHECK(
        table_text({table_format::jsonl}, columns, {answered_record(), waiting_record()}) ==
        "{\"k\":\"p1\",\"size\":12345678901234567890123,\"tags\":[\"a\", \"b\"],\"year\":2001,\"by\":\"A \\\"B\\\"\"}\n"
        "{\"k\":\"p2\",\"size\":null,\"tags\":null,\"year\":null,\"by\":\"A \\\"B\\\"\"}\n");
    const auto array = json::parse(table_text({table_format::json}, columns, {answered_record(), waiting_record()}));
    CHECK(array.size() == 2);
    CHECK(array[1]["k"] == "p2");
    CHECK(json::parse(table_text({table_format::json}, columns, {})).empty());
}

TEST_CASE("an answer without members is one column") {
    const auto columns =
        usual_columns(columns_of({}, false, {{task_id{1}, "summary", {"text"}, true}}), {"batch", "source_line"});
    auto record = answered_record();
    record.items[0].output = R"("plain words")";
    CHECK_THAT(table_text({}, columns, {record}),
               SMELT_CONTAINS("\r\np1,plain words,0.9,") && SMELT_CONTAINS(",5,7\r\n"));
}

TEST_CASE("with several tasks the columns of each begin with its name") {
    const std::vector<exported_task> two{{task_id{1}, "a", {"x"}, false}, {task_id{2}, "b", {"x"}, false}};
    const auto names = names_of(usual_columns(columns_of({"a.x", "t"}, true, two), {"batch"}));
    CHECK(std::vector<std::string>{names.begin(), names.begin() + 5} ==
          std::vector<std::string>{"a.x", "t", "output.a.x", "a.score", "a.needs_review"});
    CHECK(names[names.size() - 2] == "a.batch");
    CHECK(names.back() == "b.batch");
}

TEST_CASE("our columns make room for outputs that differ in case only") {
    const auto names =
        names_of(usual_columns(columns_of({"Status"}, true, {{task_id{1}, "a", {"Score", "status"}, false}}), {}));
    CHECK(std::vector<std::string>{names.begin(), names.begin() + 4} ==
          std::vector<std::string>{"Status", "Score", "output.status", "smelt_score"});
    CHECK(std::ranges::find(names, "smelt_status") != names.end());
}

TEST_CASE("a column that is not there is refused with the nearest name") {
    const auto known = columns_of({"title"}, true, extract);
    CHECK_THAT(test::error_of<usage_error>([&] { usual_columns(known, {"bach"}); }),
               SMELT_CONTAINS("no further column \"bach\"") && SMELT_CONTAINS("did you mean \"batch\"?"));
    CHECK_THAT(test::error_of<file_error>([&] {
                   chosen_columns(known, {"c.yaml", {{"titel", config::wished_column::kind::column, "titel", 3}}});
               }),
               SMELT_CONTAINS("c.yaml:3: there is no column \"titel\"") && SMELT_CONTAINS("did you mean \"title\"?"));
    CHECK_THAT(test::error_of<usage_error>([&] {
                   check_names(columns_of({"ID", "id"}, true, {}).usual);
               }),
               SMELT_CONTAINS("\"ID\" and \"id\" differ in case only") && SMELT_CONTAINS("--columns"));
}

TEST_CASE("for a spreadsheet, what it would execute becomes text, and numbers stay") {
    CHECK(csv_line({"=1+1", "-1.5", "+1e3", "-1+2", "@SUM(A1)", "\tx", "x=1"}, true) ==
          "\xEF\xBB\xBF"
          "a\r\n'=1+1,-1.5,+1e3,'-1+2,'@SUM(A1),'\tx,x=1\r\n");
    CHECK(csv_line({"=1+1"}, false) == "a\r\n=1+1\r\n");
}

TEST_CASE("the ending of a file says its format, and an unknown one is refused") {
    CHECK(table_format_of("", "") == table_format::csv);
    CHECK(table_format_of("", "a.b/out") == table_format::csv);
    CHECK(table_format_of("", "out.XLSX") == table_format::xlsx);
    CHECK(table_format_of("json", "out.csv") == table_format::json);
    CHECK_THAT(test::error_of<usage_error>([] { table_format_of("", "out.parquet"); }), SMELT_CONTAINS(".parquet"));
}

TEST_CASE("a file's name is safe whatever the value is") {
    CHECK(cli::safe_file_name("Peat & Co. 2024") == "Peat & Co. 2024");
    CHECK(cli::safe_file_name("../../etc/passwd") == "_._.._etc_passwd");
    CHECK(cli::safe_file_name("..") == "__");
    CHECK(cli::safe_file_name("") == "none");
    CHECK(cli::safe_file_name("a\nb\x01") == "a_b_");
    CHECK(cli::safe_file_name("name. ") == "name__");
    CHECK(cli::safe_file_name(std::string(300, 'x')).size() == 120);
    CHECK(cli::safe_file_name("Grün") == "Grün");
}
