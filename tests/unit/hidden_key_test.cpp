#include "catch.hpp"
#include "orchestrator/fetch/hidden_key.hpp"

using smelt::orchestrator::without_key;

TEST_CASE("a key is hidden however JSON, addresses and pages spell it") {
    const std::string key = "se/cr+et&key\"1";
    for (const auto *spelled :
         {R"(se/cr+et&key"1)", R"(se\/cr+et&key\"1)", R"(se\u002fcr\u002Bet\u0026key\u00221)", "se%2Fcr%2bet%26key%221",
          "se/cr+et&amp;key\"1",
          R"(\u0073\u0065\u002f\u0063\u0072\u002b\u0065\u0074\u0026\u006b\u0065\u0079\u0022\u0031)"})
        CHECK(without_key(std::string{"<"} + spelled + "> " + spelled, key) == "<***> ***");
    CHECK(without_key("se/cr+et&key\"", key) == "se/cr+et&key\"");
    CHECK(without_key("sse/cr+et&key\"1", key) == "s***");
    CHECK(without_key(R"(\u00 % %2 \)", key) == R"(\u00 % %2 \)");
    CHECK(without_key("text", "") == "text");
}
