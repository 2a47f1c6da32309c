#include "catch.hpp"
#include "sim_world.hpp"

#include <algorithm>
#include <set>
#include <zlib.h>

using namespace smelt::sim;
using namespace sim_test;

namespace {

struct wire_world : world {
    /// The path of a finished batch's output.
    std::string output(int requests = 3) {
        const std::string id = completed(input_file(requests))["output_file_id"];
        return "/v1/files/" + id + "/content";
    }
    void fault(const json &rule) { REQUIRE(post("/sim/faults", rule).status == 200); }
};

std::string gunzip(const std::string &bytes) {
    z_stream stream{};
    REQUIRE(inflateInit2(&stream, MAX_WBITS + 16) == Z_OK);
    std::string out(1024 * 1024, '\0');
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    CHECK(::inflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

} // namespace

TEST_CASE("a file may be behind redirects, where it needs no key") {
    wire_world w;
    w.settings.key = "right";
    w.start();
    const http::headers key{{"authorization", "Bearer right"}};
    w.fault({{"on", "files"}, {"redirects", 2}, {"redirect_to", "http://localhost:1"}});
    const auto first = w.send("GET", "/v1/files?purpose=batch", "", key);
    CHECK(first.status == 307);
    CHECK(field(first, "Location") == "http://localhost:1/sim/moved/1/v1/files?purpose=batch");
    const auto second = w.get("/sim/moved/1/v1/files?purpose=batch");
    CHECK(second.status == 307);
    CHECK(field(second, "Location") == "/sim/moved/0/v1/files?purpose=batch");
    CHECK_FALSE(w.get("/sim/counters").body["faults_struck"].contains("moved_with_key"));
    const auto third = w.send("GET", "/sim/moved/0/v1/files?purpose=batch", "", key);
    CHECK(third.status == 200);
    CHECK(spec().problem("ListFilesResponse", third.body) == "");
    CHECK(w.get("/sim/counters").body["faults_struck"]["moved_with_key"] == 1);
    CHECK(w.get("/sim/moved/x").status == 404);
}

TEST_CASE("a body may be compressed, as far as the client takes it, or unasked") {
    wire_world w;
    const std::string path = w.output();
    const std::string plain = read_file(w.get(path).file);
    w.fault(
        json::array({{{"on", "content"}, {"gzip", "asked"}, {"count", 2}}, {{"on", "content"}, {"gzip", "always"}}}));
    const auto asked = w.send("GET", path, "", {{"accept-encoding", "gzip"}});
    CHECK(field(asked, "Content-Encoding") == "gzip");
    CHECK(gunzip(asked.text) == plain);
    CHECK(field(w.get(path), "Content-Encoding").empty());
    CHECK(gunzip(w.get(path).text) == plain);
}

TEST_CASE("a body may begin with a byte order mark, and a connection end with its answer") {
    wire_world w;
    const std::string path = w.output();
    const std::string plain = read_file(w.get(path).file);
    w.fault({{"on", "content"}, {"bom", true}, {"close", true}});
    const auto marked = w.get(path);
    CHECK(marked.text == "\xef\xbb\xbf" + plain);
    CHECK(marked.close);
    CHECK_FALSE(w.get(path).close);
}

TEST_CASE("the date of an answer may be wrong") {
    wire_world w;
    w.fault({{"on", "list"}, {"date_off", -1200}});
    CHECK(field(w.get("/v1/batches"), "Date") == "Fri, 15 Jan 2027 07:40:00 GMT"); // the clock says 08:00
    CHECK(field(w.get("/v1/batches"), "Date").empty());
}

TEST_CASE("an upload may be answered with deep JSON, or refused in the service's words") {
    wire_world w;
    constexpr std::int64_t levels = 1000; // what the test's own parser can copy
    w.fault(json::array({{{"on", "upload"}, {"deep", levels}},
                         {{"on", "upload"}, {"status", 400}, {"code", "invalid_file"}, {"message", "no"}}}));
    const auto deep = w.upload(input_file(1));
    CHECK(deep.status == 200);
    CHECK(std::count(deep.text.begin(), deep.text.end(), '[') == levels);
    const auto refused = w.upload(input_file(1));
    CHECK(refused.status == 400);
    CHECK(error_of(refused) == "no");
    CHECK(w.get("/sim/counters").body["files_uploaded"] == 0);
}

TEST_CASE("listings may be null, odd, endless or go in circles") {
    wire_world w;
    const std::string file = w.upload(input_file(1)).body["id"];
    w.create(file, {{"metadata", {{"smelt_nonce", "n"}}}});
    const auto with = [&](const char *kind, const std::string &target) {
        w.fault({{"on", "list"}, {"listing", kind}});
        return w.send("GET", target, "", {{"anthropic-version", "2023-06-01"}}).body;
    };
    CHECK(with("null", "/v1/batches")["data"].is_null());
    CHECK(with("null", "/v1beta/batches")["operations"].is_null());
    CHECK(with("null", "/together/v1/batches").is_null());
    const json odd = with("odd", "/v1/batches")["data"];
    CHECK(odd.size() == 8);
    CHECK(odd[0] == 17);
    CHECK(odd[7]["metadata"]["smelt_nonce"] == "n");
    std::set<std::string> seen;
    std::string after;
    for (int page = 0; page < 3; ++page) {
        const json list = with("endless", "/v1/batches" + after);
        CHECK(list["has_more"] == true);
        CHECK_FALSE(list["data"][0].contains("metadata"));
        seen.insert(list["last_id"].get<std::string>());
        after = "?after=" + list["last_id"].get<std::string>();
    }
    CHECK(seen.size() == 3);
    CHECK(with("repeating", "/v1/messages/batches")["last_id"] == "simulated-1");
    CHECK(with("repeating", "/v1/messages/batches?after_id=simulated-1")["last_id"] == "simulated-2");
    CHECK(with("repeating", "/v1/messages/batches?after_id=simulated-2")["last_id"] == "simulated-1");
    CHECK(with("endless", "/v1beta/batches").contains("nextPageToken"));
    CHECK(with("endless", "/mistral/v1/batch/jobs?page=7")["total"] == 1'000'000'000);
}
