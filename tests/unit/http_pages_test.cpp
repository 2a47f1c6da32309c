#include "catch.hpp"
#include "error_of.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/url_template.hpp"
#include "smelt/source/http_pages.hpp"

using namespace smelt;
using namespace smelt::source;

namespace {

config::http_source_spec some_source() {
    config::http_source_spec spec;
    spec.list.records = "$.results[*]";
    spec.list.last = "$.meta.pages";
    spec.list.ids = "ids.txt";
    spec.detail.emplace();
    spec.detail->url = "https://portal.example/doc?key={{version.id}}";
    spec.detail->records = "$.results[*]";
    spec.detail->text = {"$.extract", "$.text"};
    spec.detail->title = "$.name";
    spec.detail->others = {"summary", "description"};
    return spec;
}

} // namespace

TEST_CASE("a URL template puts values in percent-encoded, and none into the host's name") {
    const config::url_template t{"https://portal.example/api?id={{ id }}&page={{page}}"};
    CHECK(t.names() == std::vector<std::string>{"id", "page"});
    CHECK_FALSE(t.names_in_authority());
    CHECK(t.fill([](std::string_view name) { return name == "id" ? "-a&b=c/é" : "2"; }) ==
          "https://portal.example/api?id=-a%26b%3Dc%2F%C3%A9&page=2");
    CHECK_FALSE(t.fill([](std::string_view) { return std::nullopt; }));
    CHECK(config::url_template{"https://{{id}}.example/"}.names_in_authority());
    CHECK(config::url_template{"https://portal.example{{id}}/"}.names_in_authority());
    CHECK_FALSE(config::url_template{"https://portal.example/x"}.names_in_authority());
    CHECK(config::url_template{"https://portal.example/{{id"}.problem() == "a {{ is not closed");
    CHECK_THAT(config::url_template{"https://portal.example/{{#id}}"}.problem(), SMELT_CONTAINS("is no name"));
}

TEST_CASE("a page of a list gives its records and where the list ends") {
    const auto spec = some_source().list;
    const auto page = read_list_page(R"({"results": [{"a": 1.50}, {"b": "x"}], "meta": {"pages": 3}})", spec);
    CHECK(page.records == std::vector<std::string>{R"({"a":1.50})", R"({"b":"x"})"});
    CHECK(page.last == 3);
    CHECK(read_list_page(R"({"results": [], "meta": {"pages": "0"}})", spec).last == 0);
    const auto refusal = [&](const char *body) {
        return smelt::test::error_of<usage_error>([&] { read_list_page(body, spec); });
    };
    CHECK_THAT(refusal("<html>"), SMELT_CONTAINS("cannot be read as JSON"));
    CHECK_THAT(refusal(R"({"results": [1], "meta": {"pages": 1}})"), SMELT_CONTAINS("no object"));
    CHECK_THAT(refusal(R"({"results": []})"), SMELT_CONTAINS("no number of pages"));
    config::http_list_spec next;
    next.records = "$[*]";
    next.next = "$.x";
    CHECK(read_list_page(R"([{"a": 1}])", next).next.empty());
}

TEST_CASE("the text of a record: parts with names, else fields of the list, cut where it is too long") {
    auto spec = *some_source().detail;
    const std::string entry = R"({"summary": "short", "description": "long", "version": {"id": "v 1"}})";
    CHECK(
        read_detail(
            R"({"results": [{"name": "a.pdf", "extract": "one", "text": "no"}, {"extract": " ", "text": "two"}, {}]})",
            entry, spec)
            .text == "=== a.pdf ===\none\n\ntwo");
    CHECK(read_detail(R"({"results": []})", entry, spec).text == "short\n\nlong");
    CHECK(read_detail("", entry, spec).text == "short\n\nlong");
    CHECK(read_detail("", "{}", spec).text.empty());
    spec.max_bytes = 4;
    const auto cut = read_detail(R"({"results": [{"extract": "abcé"}]})", entry, spec);
    CHECK(cut.text == "abc");
    CHECK(cut.is_truncated);
    CHECK(detail_url(entry, spec) == "https://portal.example/doc?key=v%201");
    CHECK_FALSE(detail_url("{}", spec));
}

TEST_CASE("what was fetched stands beside the fields of the list's entry") {
    auto spec = some_source();
    spec.detail->max_bytes = 10;
    CHECK(with_fetched(R"({"a": 1})", spec, detail_text{"x", true}, {"l1", "l2"}) ==
          R"({"a": 1,"text":"x","text_truncated":true,"origins":["l1","l2"]})");
    CHECK(with_fetched("{}", spec, std::nullopt, {"l1"}) == R"({"origins":["l1"]})");
    CHECK_THAT(smelt::test::error_of<usage_error>([&] { with_fetched(R"({"text": 1})", spec, detail_text{}, {}); }),
               SMELT_CONTAINS("a field called text"));
}
