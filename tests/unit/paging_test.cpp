#include "catch.hpp"

#include "smelt/provider/batch_api.hpp"
#include "smelt/provider/paging.hpp"

using smelt::provider::page_turner;
using smelt::provider::provider_error;

TEST_CASE("pages are turned until one names no other") {
    page_turner pages{"list batches"};
    CHECK(pages.cursor().empty());
    CHECK(pages.turn("a"));
    CHECK(pages.cursor() == "a");
    CHECK(pages.turn("b"));
    CHECK_FALSE(pages.turn(""));
}

TEST_CASE("a listing that goes in circles is an error, also when the circle is wide") {
    page_turner pages{"list batches"};
    CHECK(pages.turn("a"));
    CHECK(pages.turn("b"));
    CHECK_THROWS_AS(pages.turn("a"), provider_error);
}

TEST_CASE("a listing that never ends is an error") {
    page_turner pages{"list files"};
    std::string why;
    try {
        for (int i = 0; i < 100'000; ++i)
            pages.turn("page " + std::to_string(i));
    } catch (const provider_error &e) {
        why = e.what();
    }
    CHECK_THAT(why, SMELT_CONTAINS("list files") && SMELT_CONTAINS("do not end"));
}
