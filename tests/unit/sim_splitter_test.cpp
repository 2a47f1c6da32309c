#include "catch.hpp"
#include "simulator/requests/item_splitter.hpp"

#include <vector>

using smelt::sim::item_splitter;
using smelt::sim::split_error;

namespace {

std::vector<std::string> items_of(const std::string &text, std::size_t piece, std::string *rest = nullptr) {
    std::vector<std::string> items;
    item_splitter splitter{"requests", [&](std::string_view item) { items.emplace_back(item); }};
    for (std::size_t at = 0; at < text.size(); at += piece)
        splitter.feed(std::string_view{text}.substr(at, piece));
    splitter.finish();
    if (rest != nullptr)
        *rest = splitter.rest();
    return items;
}

} // namespace

TEST_CASE("an array's items come one by one, however the text was cut") {
    const std::string text = R"( {"a" : 1,"requests": [{"x" : "} ] , \" [ \\"} ,
        [1, 2],"s",3 ,null,{}], "b":{"c":["d e"]},"e":true} )";
    const std::vector<std::string> expected{R"({"x":"} ] , \" [ \\"})", "[1,2]", R"("s")", "3", "null", "{}"};
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        std::string rest;
        CHECK(items_of(text, piece, &rest) == expected);
        CHECK(rest == R"({"a":1,"b":{"c":["d e"]},"e":true})");
    }
}

TEST_CASE("an object without the array, or with an empty one, has no items") {
    std::string rest;
    CHECK(items_of("{}", 1, &rest).empty());
    CHECK(rest == "{}");
    CHECK(items_of(R"({"requests":[ ]})", 3).empty());
    CHECK(items_of(R"({"requests":null,"x":[1]})", 2, &rest).empty());
    CHECK(rest == R"({"requests":null,"x":[1]})");
}

TEST_CASE("what is not such an object is refused") {
    for (const char *bad : {"", "[]", "{", R"({"a")", R"({"a":})", R"({"a":1,})", R"({"requests":[1,]})",
                            R"({"requests":[1)", R"({"requests":[1]}})", R"({"requests":[1],"requests":[2]})"})
        CHECK_THROWS_AS(items_of(bad, 4), split_error);
}
