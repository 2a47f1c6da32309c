#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <csignal>

using namespace smelt;
using namespace smelt::test;

namespace {

pipeline_fixture::options with(const std::string &provider) {
    return {.records = 12, .extra = "limits: {requests_per_batch: 6}", .provider = provider};
}

} // namespace

TEST_CASE("with delete_files the provider keeps no file of a batch whose results are stored, without it all") {
    const bool delete_files = GENERATE(true, false);
    pipeline_fixture f{with(delete_files ? ", delete_files: true" : "")};
    f.run_to_end();
    f.check_all_done(12);
    CHECK(f.sql("SELECT count(*) FROM smelt.batch WHERE files_deleted_at IS NULL") == (delete_files ? "0" : "2"));
    CHECK(f.counters()["files_deleted"] == (delete_files ? 4 : 0)); // input and output of two batches
}

TEST_CASE("an input file of which no batch was made is deleted") {
    SECTION("because the provider refused the batch") {
        pipeline_fixture f{{.records = 6}};
        f.fault(R"({"on":"create","status":400,"code":"bad","message":"no"})");
        CHECK(f.smelt({"run"}).status == 4);
        CHECK(f.counters()["files_uploaded"] == f.counters()["files_deleted"]);
    }
    SECTION("because the run ended before it had stored the file's id") {
        pipeline_fixture f{{.records = 6}};
        auto c = f.smelt_command({"run"});
        c.environment["SMELT_FAILPOINTS"] = "upload.after_call=kill@1";
        REQUIRE(run(c).signal == SIGKILL);
        const auto lost = f.counters()["files_uploaded"];
        REQUIRE(lost >= 1);
        f.run_to_end();
        f.check_all_done(6);
        CHECK(f.counters()["files_deleted"] == lost);
    }
}

TEST_CASE("a file that cannot be deleted now is deleted by a later run, and is nobody's problem") {
    pipeline_fixture f{with(", delete_files: true")};
    f.fault(R"({"on":"delete","status":403,"code":"no","message":"not now","count":1})");
    f.run_to_end();
    CHECK(f.smelt({"run"}).status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.batch WHERE files_deleted_at IS NULL") == "0");
    CHECK(f.counters()["files_deleted"] == 4);
}
