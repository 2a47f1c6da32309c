#include "catch.hpp"
#include "store/loose_pattern.hpp"

using smelt::store::loose_pattern;

namespace {

std::string loose(const char *pattern) {
    return loose_pattern(pattern, false).value_or("none");
}

} // namespace

TEST_CASE("a loose pattern leaves out what is no character, and lets in what is beyond ASCII") {
    CHECK(loose(R"(\msecret\s+item\M)") == R"((?s)secret[\t\n\v\f\r \x{80}-\x{10FFFF}]+item)");
    CHECK(loose("^a$|b") == "(?s)a|b");
    CHECK(loose("(a|b)+?c") == "(?s)(?:a|b)+?c");
    CHECK(loose("(?<=a)b(?!c(d))e") == "(?s)be");
    CHECK(loose("[^a-c]x") == "(?s)[^a-c]x");
    CHECK(loose("[ZGA]") == R"((?s)[ZGA\x{80}-\x{10FFFF}])");
    CHECK(loose(R"([]\d[:alpha:]-])") == R"((?s)[\]0-9[:alpha:]-\x{80}-\x{10FFFF}])");
    CHECK(loose("caf\u00e9") == "(?s)caf.");
    CHECK(loose(R"(\W)") == "(?s)[^0-9A-Za-z_]");
    CHECK(loose("a{2,3}b{") == R"((?s)a{2,3}b\{)");
    CHECK(loose_pattern("hi", true) == "(?is)h[iI\u0130\u0131]");
}

TEST_CASE("a pattern that is not understood has no loose one") {
    for (const auto *pattern : {R"(\x41)", R"(\u0041)", R"(\cA)", R"(\012)", "[[=a=]]", "[[.hyphen.]]", "[a-\u00e9]",
                                "a)b", "(a", "[a", "*a", R"(a\)"})
        CHECK(loose(pattern) == "none");
}
