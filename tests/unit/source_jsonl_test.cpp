#include "catch.hpp"
#include "error_of.hpp"
#include "temp_folder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/json.hpp"
#include "smelt/source/reader.hpp"

#include <random>

using namespace smelt;

namespace {

source::row row_of(const std::string &object, const std::set<std::string> &content = {}) {
    config::source_spec spec;
    spec.key.fields = {"id"};
    return source::query_rows{spec, content, "source.sql"}.read(object);
}

std::vector<source::row> read(const std::string &text) {
    const test::temp_folder folder;
    folder.write("a.jsonl", text);
    config::source_spec spec;
    spec.kind = config::source_kind::jsonl;
    spec.patterns = {"a.jsonl"};
    spec.key.fields = {"id"};
    const auto reader = source::open_reader(spec, source::list_files(spec, folder.path()).at(0), {"t"});
    std::vector<source::row> all;
    for (source::row row; reader->next(row);)
        all.push_back(row);
    return all;
}

std::string error_in(const std::string &text) {
    return test::error_of<file_error>([&] { read(text); });
}

std::string hash(const std::string &object) {
    return row_of(object, {"t", "u"}).content_hash;
}

/// Why one line alone is refused; empty when it is taken.
std::string refusal(const std::string &object) {
    try {
        row_of(object);
        return "";
    } catch (const file_error &e) {
        return e.what();
    }
}

/// The reference parser reads numbers as doubles, which PostgreSQL does not.
bool overflows_a_double(const std::string &text) {
    try {
        return json::parse(text).is_null();
    } catch (const json::out_of_range &) {
        return true;
    } catch (const json::exception &) {
        return false;
    }
}

} // namespace

TEST_CASE("each line of JSONL is a record whose own text is kept") {
    const auto rows = read("\xEF\xBB\xBF{\"id\":\"a\",\"n\":1.00e2}\n\n  \r\n { \"id\" : 12345678901234567890123 , "
                           "\"t\":{\"b\":[1, 2]} } \r\n{\"id\":-3}");
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].key == "a");
    CHECK(rows[0].fields == R"({"id":"a","n":1.00e2})");
    CHECK(rows[0].line == 1);
    CHECK(rows[1].key == "12345678901234567890123");
    CHECK(rows[1].fields == R"({ "id" : 12345678901234567890123 , "t":{"b":[1, 2]} })");
    CHECK(rows[1].line == 4);
    CHECK(rows[2].key == "-3");
    CHECK(rows[2].line == 5);
}

TEST_CASE("keys and names are decoded") {
    const auto row = row_of(R"({"i\u0064":"\u00e9\ud83d\ude00\n\"\\\/\b\f\r\t"})");
    CHECK(row.key == "\xC3\xA9\xF0\x9F\x98\x80\n\"\\/\b\f\r\t");
}

TEST_CASE("a line that is no JSON object is refused with line and byte") {
    CHECK_THAT(error_in("{\"id\":1}\n{\"id\":2,}\n"),
               SMELT_CONTAINS("a.jsonl:2: Missing a name for object member. (at byte 9)"));
    CHECK_THAT(error_in("  [1]\n"), SMELT_CONTAINS("a.jsonl:1: not a JSON object (at byte 3)"));
    CHECK_THAT(error_in("{\"id\":1} x"), SMELT_CONTAINS("text after the end of the JSON (at byte 10)"));
    CHECK_THAT(error_in("{\"id\":1"), SMELT_CONTAINS("Missing a comma or '}' after an object member."));
    CHECK_THAT(error_in("{\"id\":\"1"), SMELT_CONTAINS("Missing a closing quotation mark in string."));
    CHECK_THAT(error_in("{\"id\":\"1\t\"}"), SMELT_CONTAINS("Control character in string."));
    CHECK_THAT(error_in("{\"id\":NaN}"), SMELT_CONTAINS("Invalid value."));
    CHECK_THAT(error_in("{\n\"id\":1}"), SMELT_CONTAINS("a.jsonl:1: "));
    CHECK_THAT(error_in("{\"id\":1,\"id\":2}"), SMELT_CONTAINS("the name \"id\" stands twice"));
    CHECK_THAT(error_in("{\"id\":1,\"a\":\"\xE9\"}"), SMELT_CONTAINS("a.jsonl:1: not UTF-8: byte 14"));
}

TEST_CASE("what jsonb cannot store is refused") {
    CHECK_THAT(error_in(R"({"id":1,"a":"x\u0000"})"), SMELT_CONTAINS("a.jsonl:1: \\u0000 in a string"));
    for (const auto *half : {R"("\ud83d")", R"("\ud83dx")", R"("\ude00")", R"("\ud83d\ud83d")", R"("\ud83d\n")"})
        CHECK_THAT(error_in(std::string{"{\"id\":1,\"a\":["} + half + "]}"),
                   SMELT_CONTAINS("half of a surrogate pair"));
    CHECK_THAT(error_in(R"({"id":1,"\u0000":1})"), SMELT_CONTAINS("\\u0000"));
    for (const std::string &number :
         {std::string{"1e131073"}, std::string{"1e-99999999999999"}, std::string(131'073, '1')})
        CHECK_THAT(error_in("{\"id\":1,\"a\":" + number + "}"), SMELT_CONTAINS("is beyond what PostgreSQL can store"));
    CHECK_THAT(error_in("{\"id\":1,\"a\":" + std::string(100'000, '[') + "}"),
               SMELT_CONTAINS("values are nested too deep"));
    CHECK(refusal("{\"id\":1,\"a\":" + std::string(200, '[') + std::string(200, ']') + "}").empty());
}

TEST_CASE("numbers beyond a double are read as they are written") {
    CHECK(refusal(R"({"id":1,"a":[1e400,-1.5E+9999,1e131071,)" + std::string(131'072, '1') + "]}").empty());
    CHECK(hash(R"({"id":1,"t":1e400})") != hash(R"({"id":1,"t":1e401})"));
    CHECK(hash(R"({"id":1,"t":[1e400, "e400"]})") == hash(R"({"id":1,"t":[1e400,"e400"]})"));
    CHECK_THAT(refusal(R"({"id":1,"a":1e400.5})"), SMELT_CONTAINS("Missing a comma or '}' after an object member."));
    CHECK_THAT(refusal(R"({"id":1,"a":)" + std::string(400, '9') + ".}"), !SMELT_CONTAINS("PostgreSQL"));
    CHECK(row_of(R"({"id":)" + std::string(400, '9') + "}").key == std::string(400, '9'));
}

TEST_CASE("the key of a JSON record is text or a whole number") {
    CHECK_THAT(error_in("{\"idd\":1}"),
               SMELT_CONTAINS("a.jsonl:1: the object has no \"id\", which is the key | did you mean \"idd\"?"));
    for (const auto *key : {"null", "true", "1.5", "1e3", "[]", "{}"})
        CHECK_THAT(error_in(std::string{"{\"id\":"} + key + "}"),
                   SMELT_CONTAINS("the key \"id\" must be text or a whole number"));
    CHECK_THAT(error_in("{\"id\":\"\"}"), SMELT_CONTAINS("the key is empty"));
    CHECK_THAT(error_in("{\"id\":\"" + std::string(501, 'x') + "\"}"), SMELT_CONTAINS("longer than 500 bytes"));
}

TEST_CASE("the content hash tells absent, null, text and other values apart") {
    const std::vector<std::string> different{
        R"({"id":1})",         R"({"id":1,"t":null})", R"({"id":1,"t":""})",          R"({"id":1,"t":"null"})",
        R"({"id":1,"t":0})",   R"({"id":1,"t":"0"})",  R"({"id":1,"t":[]})",          R"({"id":1,"t":false})",
        R"({"id":1,"u":"x"})", R"({"id":1,"t":"x"})",  R"({"id":1,"t":"x","u":"y"})", R"({"id":1,"t":"y","u":"x"})"};
    std::set<std::string> hashes;
    for (const auto &object : different)
        hashes.insert(hash(object));
    CHECK(hashes.size() == different.size());
    CHECK(hash(R"({"u":"y","other":5,"id":2,"t":"\u00e9"})") == hash("{\"id\":1, \"t\" : \"\xC3\xA9\", \"u\":\"y\"}"));
}

TEST_CASE("CSV and JSONL records of the same texts have the same content hash") {
    const test::temp_folder folder;
    folder.write("a.csv", "id,t\n1,\"a \"\"b\"\"\"\n");
    config::source_spec spec;
    spec.patterns = {"a.csv"};
    spec.key.fields = {"id"};
    source::row row;
    REQUIRE(source::open_reader(spec, source::list_files(spec, folder.path()).at(0), {"t", "u"})->next(row));
    CHECK(row.content_hash == hash(R"({"id":"1","t":"a \"b\""})"));
}

TEST_CASE("an error in an object from elsewhere names that place") {
    CHECK_THAT(test::error_of<file_error>([] { row_of("{"); }), SMELT_CONTAINS("source.sql:1: "));
    CHECK_THAT(test::error_of<file_error>([] { row_of("{\"id\":\"\xFF\"}"); }),
               SMELT_CONTAINS("source.sql:1: not UTF-8"));
}

TEST_CASE("JSON is taken exactly where a known parser takes it") {
    // Each sample is mutated byte by byte; none can reach the additional refusals (\u0000, halves of pairs, huge
    // numbers).
    const std::vector<std::string> samples{
        R"({"id":1,"a":[1,-2.5e+3,0.1E-2,true,false,null,"x\n\u00e9",{"b":{}}],"c":""})",
        R"( { "id" : "k" , "a" : [ [ ] , { "x" : [ { } ] } ] } )",
        R"({"id":0,"n":[-0,10,0.0,1e0],"s":"\"\\\/\b\f\n\r\t\uABCD"})",
    };
    const std::string alphabet = "{}[]\",:\\ eE+-.0123456789tfnulrs\n\tid";
    std::mt19937 random{7};
    std::size_t taken = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = samples[random() % samples.size()];
        for (auto changes = 1 + random() % 2; changes > 0; --changes) {
            const auto at = random() % text.size();
            const char c = alphabet[random() % alphabet.size()];
            switch (random() % 3) {
            case 0:
                text[at] = c;
                break;
            case 1:
                text.insert(at, 1, c);
                break;
            default:
                text.erase(at, 1);
            }
        }
        const auto known = json::parse(text, nullptr, false);
        const auto why = refusal(text);
        INFO(text << ": " << why);
        taken += why.empty() ? 1U : 0U;
        if (known.is_discarded())
            REQUIRE((!why.empty() || overflows_a_double(text)));
        else if (!known.is_object() || !known.contains("id"))
            REQUIRE_FALSE(why.empty());
        else if (known["id"].is_number_integer() || (known["id"].is_string() && known["id"] != ""))
            REQUIRE(
                (why.empty() || why.find("twice") != std::string::npos || why.find("\\u0000") != std::string::npos));
    }
    CHECK(taken > 1000);
}
