#include "catch.hpp"
#include "error_of.hpp"
#include "temp_folder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/json.hpp"
#include "smelt/source/reader.hpp"

using namespace smelt;

namespace {

/// Reads text as the CSV file a.csv with the key `id`.
struct csv {
    test::temp_folder folder;
    config::source_spec spec;
    std::set<std::string> content{"t"};

    csv() {
        spec.patterns = {"a.csv"};
        spec.key.fields = {"id"};
    }

    std::vector<source::row> rows(const std::string &text) const {
        folder.write("a.csv", text);
        const auto reader = source::open_reader(spec, source::list_files(spec, folder.path()).at(0), content);
        std::vector<source::row> all;
        for (source::row row; reader->next(row);)
            all.push_back(row);
        return all;
    }
    /// "line fields; ..."
    std::string read(const std::string &text) const {
        std::string result;
        for (const auto &row : rows(text))
            result += std::to_string(row.line) + " " + row.fields + "; ";
        return result;
    }
    std::string error(const std::string &text) const {
        return test::error_of<file_error>([&] { rows(text); });
    }
};

} // namespace

TEST_CASE("each CSV row becomes an object of texts and knows its line") {
    CHECK(csv{}.read("id,t\n1,a\n2,b\n") == R"(2 {"id":"1","t":"a"}; 3 {"id":"2","t":"b"}; )");
    CHECK(csv{}.read("id,t\n1,a") == R"(2 {"id":"1","t":"a"}; )");
    CHECK(csv{}.read("id,t\n").empty());
    CHECK(csv{}.rows("t,id\nx,the key\n").at(0).key == "the key");
}

TEST_CASE("where quotes are part of the text, every line is a row and every quote a character") {
    csv c;
    c.spec.quotes = false;
    c.spec.delimiter = '\t';
    CHECK(
        c.read("id\tt\n1\ta 5\" fern\n2\t\"Lady\" fern\n3\t\"open\n4\t\"\n") ==
        R"(2 {"id":"1","t":"a 5\" fern"}; 3 {"id":"2","t":"\"Lady\" fern"}; 4 {"id":"3","t":"\"open"}; 5 {"id":"4","t":"\""}; )");
    CHECK_THAT(c.error("id\tt\n1\t\"a\tb\"\n"), SMELT_CONTAINS("a.csv:2: the row has 3 columns, the header has 2"));
    csv strict;
    strict.spec.delimiter = '\t';
    CHECK_THAT(strict.error("id\tt\n1\ta 5\" fern\n"),
               SMELT_CONTAINS("a.csv:2: bad quoting") && SMELT_CONTAINS("source.quote: none"));
}

TEST_CASE("a first column without a name gets one") {
    csv c;
    CHECK(c.read(",id,t\n0,a,x\n1,b,y\n") ==
          R"(2 {"column_1":"0","id":"a","t":"x"}; 3 {"column_1":"1","id":"b","t":"y"}; )");
    CHECK(c.read("\"\",id\n\"1\",a\n") == R"(2 {"column_1":"1","id":"a"}; )");
    c.spec.key.fields = {"column_1"};
    CHECK(c.rows(",t\n7,x\n").at(0).key == "7");
    CHECK_THAT(c.error(",column_1\n7,x\n"), SMELT_CONTAINS("both named \"column_1\""));
}

TEST_CASE("CSV with byte order mark, CRLF, quotes and line breaks in cells") {
    const csv c;
    CHECK(c.read("\xEF\xBB\xBFid,t\r\n1,\"a\r\nb\"\r\n2,c\r\n") ==
          R"(2 {"id":"1","t":"a\r\nb"}; 4 {"id":"2","t":"c"}; )");
    CHECK(c.read("\"id\",\"t\"\n\"1\",\"say \"\"hi\"\", you\"\n") == R"(2 {"id":"1","t":"say \"hi\", you"}; )");
    CHECK(c.read("id,t\n1,\"\n\n\"\n2,x\n") == R"(2 {"id":"1","t":"\n\n"}; 5 {"id":"2","t":"x"}; )");
    CHECK(c.read("id,t\n1,\"\"\"\"\n2,\"\"\n") == R"(2 {"id":"1","t":"\""}; 3 {"id":"2","t":""}; )");
    CHECK(c.read("id,\"t\nt\"\n1,x\n") == R"(3 {"id":"1","t\nt":"x"}; )");
}

TEST_CASE("empty cells, blanks and empty lines of CSV") {
    const csv c;
    CHECK(c.read("id,t\n1,\n2,\"\"\n") == R"(2 {"id":"1","t":""}; 3 {"id":"2","t":""}; )");
    CHECK(c.read("id,t\n\n 1 , a b \n\r\n\n2,\tx\t\n\n") ==
          "3 {\"id\":\" 1 \",\"t\":\" a b \"}; 6 {\"id\":\"2\",\"t\":\"\\tx\\t\"}; ");
    CHECK(c.read("id,t\n\"1\",") == R"(2 {"id":"1","t":""}; )");
    CHECK(c.read("id,t\n\"1\",\"x\"") == R"(2 {"id":"1","t":"x"}; )");
    CHECK(c.read("id\n1\n") == R"(2 {"id":"1"}; )");
}

TEST_CASE("another delimiter of CSV") {
    csv c;
    c.spec.delimiter = '\t';
    CHECK(c.read("id\tt\n1\ta,b\n2\t\"x\ty\"\n") == R"(2 {"id":"1","t":"a,b"}; 3 {"id":"2","t":"x\ty"}; )");
    c.spec.delimiter = ';';
    CHECK(c.read("id;t\n1;a\n") == R"(2 {"id":"1","t":"a"}; )");
}

TEST_CASE("every character of a cell survives as JSON") {
    std::string text;
    for (int c = 1; c < 128; ++c)
        text += c == '"' ? "\"\"" : std::string(1, static_cast<char>(c));
    text += "\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80";
    std::string expected = text;
    expected.erase(expected.find("\"\""), 1);
    const auto row = csv{}.rows("id,t\n1,\"" + text + "\"\n").at(0);
    CHECK(json::parse(row.fields).at("t") == expected);
}

TEST_CASE("a quote or an escape at any place of a long cell is found") {
    const csv c;
    for (std::size_t at = 0; at < 20; ++at) {
        std::string cell(20, 'x');
        cell[at] = '\\';
        CHECK(json::parse(c.rows("id,t\n1," + cell + "\n").at(0).fields).at("t") == cell);
        cell[at] = '\x1F';
        CHECK(json::parse(c.rows("id,t\n1," + cell + "\n").at(0).fields).at("t") == cell);
    }
}

TEST_CASE("cells longer than any buffer, and lines that cross its end") {
    const csv c;
    for (const std::size_t size : {262'130U, 262'140U, 262'144U, 600'000U}) {
        const std::string plain(size, 'p');
        const auto rows = c.rows("id,t\n1," + plain + "\n2,\"" + plain + "\n" + plain + "\"\n3,end\n");
        REQUIRE(rows.size() == 3);
        CHECK(json::parse(rows[0].fields).at("t") == plain);
        CHECK(json::parse(rows[1].fields).at("t") == plain + "\n" + plain);
        CHECK(rows[2].line == 5);
    }
}

TEST_CASE("a broken CSV header is refused") {
    const csv c;
    CHECK_THAT(c.error(""), SMELT_CONTAINS("a.csv: the file is empty"));
    CHECK_THAT(c.error("id,,t\n"), SMELT_CONTAINS("a.csv:1: column 2 has no name"));
    CHECK_THAT(c.error("id,t,id\n"), SMELT_CONTAINS("a.csv:1: columns 1 and 3 are both named \"id\""));
    CHECK_THAT(c.error("idd,t\n"),
               SMELT_CONTAINS("a.csv:1: there is no column \"id\" for the key | did you mean \"idd\"?"));
    CHECK_THAT(c.error("x;id\n"), SMELT_CONTAINS("there is no column \"id\""));
    csv with_content;
    with_content.spec.content = {"u"};
    CHECK_THAT(with_content.error("id,t\n"),
               SMELT_CONTAINS("a.csv:1: there is no column \"u\" (named by source.content)"));
}

TEST_CASE("a broken CSV row is refused with its line") {
    const csv c;
    CHECK_THAT(c.error("id,t\n1,a\n2\n"), SMELT_CONTAINS("a.csv:3: the row has 1 column, the header has 2"));
    CHECK_THAT(c.error("id,t\n1,\"a\nb\",c\n"), SMELT_CONTAINS("a.csv:2: the row has 3 columns, the header has 2"));
    CHECK_THAT(c.error("id,t\n1,x\"y\n"), SMELT_CONTAINS("a.csv:2: bad quoting"));
    CHECK_THAT(c.error("id,t\n1,\"x\"y\n"), SMELT_CONTAINS("a.csv:2: bad quoting"));
    CHECK_THAT(c.error("id,t\n1,\"x\n2,\"y\"\n"),
               SMELT_CONTAINS("a.csv:3: bad quoting in the row that begins on line 2"));
    CHECK_THAT(c.error("id,t\n1,a\n2,\"b\n3,c\n"),
               SMELT_CONTAINS("a.csv:3: a quote that is opened in this row is never closed"));
    CHECK_THAT(c.error("id,t\r1,a\r"), SMELT_CONTAINS("a.csv:1: a carriage return inside of a line"));
    CHECK_THAT(c.error("id,t\n1,\"a\"\r2,\"b\"\n"), SMELT_CONTAINS("a.csv:2: a carriage return inside of a line"));
    CHECK_THAT(c.error("id,t\n1,\"a\"\r\"b\n"), SMELT_CONTAINS("a.csv:2: a carriage return inside of a line"));
    CHECK_THAT(c.error("id,t\n1,a\n,b\n"), SMELT_CONTAINS("a.csv:3: the key is empty"));
    CHECK_THAT(c.error("id,t\n" + std::string(501, 'k') + ",b\n"),
               SMELT_CONTAINS("a.csv:2: the key is longer than 500 bytes"));
    CHECK(c.error("id,t\n" + std::string(500, 'k') + ",b\n") == "no error");
}

TEST_CASE("what is not UTF-8 is refused with line and byte") {
    const csv c;
    CHECK_THAT(c.error("id,t\n1,caf\xE9\n"), SMELT_CONTAINS("a.csv:2: not UTF-8: byte 6 of the line is 0xE9"));
    CHECK_THAT(c.error("id,t\n1,0123456789\xC3\xA9\xC3\n"),
               SMELT_CONTAINS("a.csv:2: not UTF-8: byte 15 of the line is 0xC3"));
    CHECK_THAT(c.error("id,t\n1,\xED\xA0\x80\n"), SMELT_CONTAINS("not UTF-8"));
    CHECK_THAT(c.error(std::string{"id,t\n1,a\0b\n", 11}), SMELT_CONTAINS("a.csv:2: NUL at byte 4 of the line"));
    CHECK_THAT(c.error(std::string{"\xFF\xFEi\0d\0", 6}), SMELT_CONTAINS("a.csv:1: the file is UTF-16"));
}

TEST_CASE("a line without end is refused before it fills the memory") {
    const csv c;
    const auto file = c.folder.write("a.csv", "id,t\n");
    std::filesystem::resize_file(file, 70'000'000); // a hole: nothing is written
    const auto listed = source::list_files(c.spec, c.folder.path()).at(0);
    const auto reader = source::open_reader(c.spec, listed, {});
    source::row row;
    CHECK_THAT(test::error_of<file_error>([&] { reader->next(row); }),
               SMELT_CONTAINS("a.csv:2: the line is longer than 64 MB"));
}

TEST_CASE("the content hash covers the content fields only, absent ones included") {
    csv c;
    const auto hash = [&](const std::string &text) { return c.rows(text).at(0).content_hash; };
    const auto first = hash("id,t,u\n1,a,b\n");
    CHECK(first.size() == 64);
    CHECK(hash("u,id,t\nother,2,a\n") == first);
    CHECK(hash("id,t,u\n1,b,b\n") != first);
    CHECK(hash("id,u\n1,a\n") != hash("id,u,t\n1,a,\n"));
    c.content = {"t", "u"};
    CHECK(hash("id,t,u\n1,ab,c\n") != hash("id,t,u\n1,a,bc\n"));
    CHECK(hash("id,t,u\n1,a,b\n") != hash("id,u,t\n1,a,b\n"));
}

TEST_CASE("a key may be several fields, which stay apart whatever they hold") {
    csv c;
    c.spec.key.fields = {"a", "b"};
    const auto key = [&](const std::string &cells) { return c.rows("a,b,t\n" + cells + ",x\n").at(0).key; };
    CHECK(key("1,2") == "1|2");
    CHECK(key("1|2,") == "1\\|2|");
    CHECK(key("1,|2") == "1|\\|2");
    CHECK(key("1\\,2") == "1\\\\|2");
    CHECK_THAT(c.error("a,t\n1,x\n"), SMELT_CONTAINS("no column \"b\" for the key"));
}

TEST_CASE("a key may be a hash of fields, or the file and the number of the row") {
    csv c;
    c.spec.key = {config::key_spec::kind::hash, {"t", "id"}};
    const auto rows = c.rows("id,t,u\n1,a,x\n1,a,y\n1a,,x\n");
    CHECK(rows[0].key.size() == 24);
    CHECK(rows[0].key == rows[1].key);
    CHECK(rows[0].key != rows[2].key);
    c.spec.key = {config::key_spec::kind::row, {}};
    const auto numbered = c.rows("id,t\n1,\"a\nb\"\n\n1,a\n");
    CHECK(numbered[0].key == "a.csv:1");
    CHECK(numbered[1].key == "a.csv:2");
}

TEST_CASE("a header that stands in a file again is left out, with a note") {
    csv c;
    const std::string text = "id,t\n1,a\nid,t\n2,b\nid,t\nid,other\n";
    CHECK(c.read(text) == R"(2 {"id":"1","t":"a"}; 4 {"id":"2","t":"b"}; 6 {"id":"id","t":"other"}; )");
    c.folder.write("a.csv", text);
    const auto reader = source::open_reader(c.spec, source::list_files(c.spec, c.folder.path()).at(0), c.content);
    for (source::row row; reader->next(row);) {
    }
    CHECK(reader->notes() ==
          std::vector<std::string>{
              "a.csv: the header line stands in it 2 times again, the first time on line 3; left out"});
}

TEST_CASE("a header is left out again when its byte order mark came along") {
    CHECK(csv{}.read("\xEF\xBB\xBFid,t\n1,a\n\xEF\xBB\xBFid,t\n2,b\n") ==
          R"(2 {"id":"1","t":"a"}; 4 {"id":"2","t":"b"}; )");
}

TEST_CASE("a file of a header only is noted, and the columns are known") {
    csv c;
    c.folder.write("a.csv", "id,t\n");
    const auto reader = source::open_reader(c.spec, source::list_files(c.spec, c.folder.path()).at(0), c.content);
    source::row row;
    CHECK_FALSE(reader->next(row));
    CHECK(reader->notes() == std::vector<std::string>{"a.csv: a header and no rows"});
    CHECK(reader->columns() == std::vector<std::string>{"id", "t"});
}

TEST_CASE("a file with another delimiter is refused with the one that it has") {
    CHECK_THAT(csv{}.error("id;t\n1;a\n"), SMELT_CONTAINS("set source.delimiter: \";\""));
    CHECK_THAT(csv{}.error("id\tt\n1\ta\n"), SMELT_CONTAINS("separated by tabs: set source.delimiter: tab"));
    csv wide;
    wide.spec.key.fields = {"id;t"};
    CHECK_THAT(wide.error("id;t\n1,a\n"),
               SMELT_CONTAINS("the row has 2 columns, the header has 1") && SMELT_CONTAINS("source.delimiter: \";\""));
}

TEST_CASE("a derived column may be key and content") {
    csv c;
    c.spec.derive = {{"year", "id", "([0-9]{4})", false}};
    c.spec.key.fields = {"year"};
    c.content = {"year"};
    const auto rows = c.rows("id,t\nx-2001-y,a\nz2002,b\n");
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].key == "2001");
    CHECK(rows[1].fields == R"({"id":"z2002","t":"b","year":"2002"})");
    CHECK(rows[0].content_hash != rows[1].content_hash);
    CHECK_THAT(c.error("id,t\nnone,a\n"), SMELT_CONTAINS("a.csv:2: derive.year: id does not match: \"none\""));
}
