#include "catch.hpp"
#include "error_of.hpp"
#include "temp_folder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/source/reader.hpp"

using namespace smelt;

namespace {

struct json_file {
    explicit json_file(const std::string &text, const std::string &records = {}) {
        folder.write("a.json", text);
        spec.kind = config::source_kind::json;
        spec.patterns = {"a.json"};
        spec.records = records;
        spec.key.fields = {"id"};
    }

    std::vector<source::row> rows() {
        const auto reader = source::open_reader(spec, source::list_files(spec, folder.path()).at(0), {"t"});
        std::vector<source::row> all;
        for (source::row row; reader->next(row);)
            all.push_back(row);
        columns = reader->columns();
        return all;
    }

    std::string error() {
        return test::error_of<file_error>([&] { rows(); });
    }

    /// The records' fields, one below the other.
    std::string fields() {
        std::string all;
        for (const auto &row : rows())
            all += row.fields + "\n";
        return all;
    }

    test::temp_folder folder;
    config::source_spec spec;
    std::vector<std::string> columns;
};

} // namespace

TEST_CASE("the elements of a JSON array are records with their own text and line") {
    json_file f{"\xEF\xBB\xBF[\n {\"id\": \"a\", \"n\": 1.00e2},\n\n {\n\"t\":[1, {\"x\":\"]}\"}], \"id\":7}\n]\n"};
    const auto rows = f.rows();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].key == "a");
    CHECK(rows[0].fields == "{\"id\": \"a\", \"n\": 1.00e2}");
    CHECK(rows[0].line == 2);
    CHECK(rows[1].key == "7");
    CHECK(rows[1].line == 4);
    CHECK(f.columns == std::vector<std::string>{"id", "n", "t"});
}

TEST_CASE("a path leads to the records of a JSON document") {
    const std::string document =
        R"({"skipped":[{"id":0}],"batch":{"sets":[{"id":1},{"id":2,"batch":{"sets":[{"id":9}]}}],)"
        R"("others":{"x":{"id":3},"y":{"id":4}}},"last":{"id":5}})";
    CHECK(json_file{document, "$.batch.sets[*]"}.fields() ==
          "{\"id\":1}\n{\"id\":2,\"batch\":{\"sets\":[{\"id\":9}]}}\n");
    CHECK(json_file{document, "$.batch.sets[1]"}.fields() == "{\"id\":2,\"batch\":{\"sets\":[{\"id\":9}]}}\n");
    CHECK(json_file{document, "$.last"}.fields() == "{\"id\":5}\n");
    CHECK(json_file{document, "$.skipped[*]"}.fields() == "{\"id\":0}\n");
    CHECK(json_file{R"({"id":1})", "$"}.fields() == "{\"id\":1}\n");
    CHECK(json_file{R"([{"items":[{"id":1}]},{"items":null},{"items":[{"id":2},{"id":3}]}])", "$[*].items[*]"}
              .rows()
              .size() == 3);
    CHECK(json_file{R"({"batch":[]})", "$.batch[*]"}.rows().empty());
    CHECK(json_file{"[]"}.rows().empty());
}

TEST_CASE("members of an object are records that know their names") {
    json_file f{R"({"sections":{"Peat":{"id":1},"Über \"alles\"":{"id":2},"none":{}}})", "$.sections[*]"};
    f.spec.key.fields = {"title"};
    f.spec.member = "title";
    CHECK(f.fields() ==
          "{\"title\":\"Peat\",\"id\":1}\n{\"title\":\"Über \\\"alles\\\"\",\"id\":2}\n{\"title\":\"none\"}\n");
    f.spec.member = "id";
    f.spec.key.fields = {"id"};
    CHECK_THAT(f.error(), SMELT_CONTAINS("the name \"id\" stands twice"));
}

TEST_CASE("values that are no objects are records with the field value") {
    json_file f{R"({"a":"x\n","b":1.50,"c":[1]})", "$[*]"};
    f.spec.key.fields = {"member"};
    CHECK(
        f.fields() ==
        "{\"member\":\"a\",\"value\":\"x\\n\"}\n{\"member\":\"b\",\"value\":1.50}\n{\"member\":\"c\",\"value\":[1]}\n");
}

TEST_CASE("a path that leads nowhere is refused with what is there") {
    const std::string document = R"({"batch_prompts":{"prompt_sets":[{"id":1}],"total":1}})";
    CHECK_THAT(json_file(document).error(),
               SMELT_CONTAINS("an object, and not an array") && SMELT_CONTAINS("batch_prompts"));
    CHECK_THAT(json_file(document, "$.batch_prompts.prompt_set[*]").error(),
               SMELT_CONTAINS("no \"prompt_set\" in $.batch_prompts") && SMELT_CONTAINS("prompt_sets"));
    CHECK_THAT(json_file(document, "$.batch_prompts.total[*]").error(), SMELT_CONTAINS("$.batch_prompts.total is 1"));
    CHECK_THAT(json_file(document, "$.batch_prompts.prompt_sets[3]").error(), SMELT_CONTAINS("no element 3"));
    CHECK_THAT(json_file(R"([{"id":1},{"x":2}])").error(), SMELT_CONTAINS("a.json:1") && SMELT_CONTAINS("no \"id\""));
}

TEST_CASE("what is no JSON document is refused with its line") {
    CHECK_THAT(json_file("[\n{\"id\":1},\n{\"id\":2\n").error(), SMELT_CONTAINS("a.json:4"));
    CHECK_THAT(json_file("").error(), SMELT_CONTAINS("empty"));
    CHECK_THAT(json_file("{\"id\":1}\n{\"id\":2}\n", "$").error(), SMELT_CONTAINS("jsonl"));
    CHECK_THAT(json_file("[{\"id\":\"\xFF\"}]").error(), SMELT_CONTAINS("not UTF-8"));
    CHECK_THAT(json_file("[{\"id\":\"\\u0000\"}]").error(), SMELT_CONTAINS("\\u0000"));
    CHECK_THAT(json_file(std::string{"[{\"id\":1}]\0x", 12}).error(), SMELT_CONTAINS("NUL"));
    CHECK_THAT(json_file("[{\"id\":1},]").error(), SMELT_CONTAINS("a.json:1"));
}

TEST_CASE("a document larger than any buffer is read whole") {
    std::string document = "[";
    for (int i = 0; i < 20'000; ++i)
        document += (i > 0 ? "," : "") + std::string{"{\"id\":"} + std::to_string(i) + ",\"t\":\"some words\\n\"}";
    json_file f{document + "]"};
    const auto rows = f.rows();
    REQUIRE(rows.size() == 20'000);
    CHECK(rows[19'999].fields == R"({"id":19999,"t":"some words\n"})");
}

TEST_CASE("a key may be a member of a member") {
    json_file f{R"([{"meta":{"id":"x"}},{"meta.id":"y","meta":{"id":"z"}}])"};
    f.spec.key.fields = {"meta.id"};
    const auto rows = f.rows();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].key == "x");
    CHECK(rows[1].key == "y");
}

TEST_CASE("a derived field is cut out of another one") {
    json_file f{R"([{"id":1,"file":"UNPRI_Grüne Bank_2024.pdf"},{"id":2,"file":"x.pdf"}])"};
    f.spec.derive = {{"investor", "file", "^UNPRI_([^_]+)_", true}};
    CHECK_THAT(f.fields(), SMELT_CONTAINS(R"("investor":"Grüne Bank"})") && SMELT_CONTAINS(R"("investor":""})"));
    CHECK(f.columns == std::vector<std::string>{"id", "file", "investor"});
    f.spec.derive[0].may_be_empty = false;
    CHECK_THAT(f.error(), SMELT_CONTAINS("derive.investor: file does not match: \"x.pdf\""));
    f.spec.derive[0].from = "files";
    CHECK_THAT(f.error(), SMELT_CONTAINS("there is no field \"files\"") && SMELT_CONTAINS("did you mean \"file\"?"));
    f.spec.derive[0].from = "file";
    f.spec.derive[0].name = "id";
    CHECK_THAT(f.error(), SMELT_CONTAINS("has a field \"id\" already"));
}
