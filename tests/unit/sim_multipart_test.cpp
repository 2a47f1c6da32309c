#include "catch.hpp"
#include "simulator/http/multipart.hpp"

#include <map>

using namespace smelt::sim;

namespace {

const std::string type = "multipart/form-data; boundary=\"xYz\"";
const std::string body = "--xYz\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                         "--xYz\r\nContent-Type: application/jsonl\r\n"
                         "content-disposition: form-data; filename=\"in.jsonl\"; name=\"file\"\r\n\r\n"
                         "{\"a\":1}\r\n--xY\r\n\r\n--xYz--\r\n";

std::map<std::string, std::string> read(std::size_t piece) {
    std::map<std::string, std::string> parts;
    std::string name;
    multipart_reader reader{type,
                            [&](const part_head &head) {
                                name = head.name + (head.is_file ? ":" + head.filename : "");
                                parts[name] = "";
                            },
                            [&](std::string_view data) { parts[name] += data; }};
    for (std::size_t at = 0; at < body.size(); at += piece)
        reader.feed(std::string_view{body}.substr(at, piece));
    reader.finish();
    return parts;
}

} // namespace

TEST_CASE("a multipart form is the same in pieces of any size") {
    const std::map<std::string, std::string> expected{{"purpose", "batch"}, {"file:in.jsonl", "{\"a\":1}\r\n--xY\r\n"}};
    for (std::size_t piece = 1; piece <= body.size(); ++piece)
        REQUIRE(read(piece) == expected);
}

TEST_CASE("a form that is cut off or has no boundary is an error") {
    const auto ignore_head = [](const part_head &) {};
    const auto ignore_data = [](std::string_view) {};
    REQUIRE_THROWS_AS(multipart_reader("application/json", ignore_head, ignore_data), multipart_error);
    REQUIRE_THROWS_AS(multipart_reader("multipart/form-data", ignore_head, ignore_data), multipart_error);
    multipart_reader reader{type, ignore_head, ignore_data};
    reader.feed(std::string_view{body}.substr(0, body.size() - 6));
    REQUIRE_THROWS_AS(reader.finish(), multipart_error);
    multipart_reader strange{type, ignore_head, ignore_data};
    REQUIRE_THROWS_AS(strange.feed("--xYzab"), multipart_error);
}
