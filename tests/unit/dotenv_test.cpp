#include "catch.hpp"
#include "error_of.hpp"
#include "temp_folder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/dotenv.hpp"

using smelt::file_error;
using smelt::config::parse_dotenv;
using smelt::test::error_of;

TEST_CASE("a .env file is read with comments, export, quotes and escapes") {
    const auto values = parse_dotenv("\xEF\xBB\xBF# comment\r\n"
                                     "A=1\n"
                                     "export B = two words # and a comment\r\n"
                                     "C='raw $x \\n # \"'\n"
                                     "D=\"tab\\tline\\nquote\\\"back\\\\ other\\q\" # comment\n"
                                     "E=\n"
                                     "F=https://host/#part\n"
                                     "A=again",
                                     ".env");
    const std::map<std::string, std::string> expected{{"A", "again"},
                                                      {"B", "two words"},
                                                      {"C", "raw $x \\n # \""},
                                                      {"D", "tab\tline\nquote\"back\\ other\\q"},
                                                      {"E", ""},
                                                      {"F", "https://host/#part"}};
    CHECK(values == expected);
}

TEST_CASE("a broken line of a .env file is named without its value") {
    const auto error = [](const char *text) { return error_of<file_error>([&] { parse_dotenv(text, "x/.env"); }); };
    CHECK_THAT(error("A=1\nsecret-word\n"), SMELT_CONTAINS("x/.env:2: this is not KEY=value"));
    CHECK_THAT(error("\n\n1A=secret"), SMELT_CONTAINS("x/.env:3: what stands before the ="));
    CHECK_THAT(error("A='secret"), SMELT_CONTAINS("x/.env:1: a quote is not closed"));
    CHECK_THAT(error("A=\"secret\\\""), SMELT_CONTAINS("a quote is not closed"));
    CHECK_THAT(error("A='x' secret"), SMELT_CONTAINS("text after the closing quote"));
    for (const auto *text : {"secret\n", "1A=secret", "A='secret", "A='x' secret"})
        CHECK_THAT(error(text), !SMELT_CONTAINS("secret"));
}

TEST_CASE("a missing .env file has no variables, an unreadable one is an error") {
    const smelt::test::temp_folder folder;
    CHECK(smelt::config::read_dotenv(folder.path() / ".env").empty());
    CHECK_THAT(error_of<file_error>([&] { smelt::config::read_dotenv(folder.path()); }),
               SMELT_CONTAINS("not a regular file"));
}
