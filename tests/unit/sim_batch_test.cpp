#include "catch.hpp"
#include "simulator/engine/batch.hpp"

using namespace smelt::sim;

namespace {

batch done_batch() {
    batch b;
    b.id = "batch_1";
    b.output_file = "file-out";
    b.error_file = "file-err";
    b.created = 1'000'000;
    b.latency = 10'000;
    b.done = b.created + 10;
    b.results.total = 100;
    b.results.completed = 90;
    b.results.failed = 10;
    b.results.has_output = true;
    return b;
}

std::string status(const batch &b, std::int64_t after) {
    return std::string{phase_at(b, b.created + after).status};
}

} // namespace

TEST_CASE("a batch's life follows the time since its creation") {
    const batch b = done_batch();
    CHECK(status(b, 0) == "validating");
    CHECK(status(b, 999) == "validating");
    CHECK(status(b, 1'000) == "in_progress");
    CHECK(status(b, 8'000) == "finalizing");
    CHECK(status(b, 10'000) == "completed");
    const auto half = show(b, b.created + 4'500);
    CHECK(half["request_counts"]["completed"] == 45);
    CHECK(half["request_counts"]["total"] == 100);
    CHECK(half["output_file_id"].is_null());
    const auto end = show(b, b.created + 10'000);
    CHECK(end["output_file_id"] == "file-out");
    CHECK(end["error_file_id"].is_null());
    CHECK(end["request_counts"]["failed"] == 10);
}

TEST_CASE("a batch whose results are late does not end before they are there") {
    batch b = done_batch();
    b.done = 0;
    CHECK(status(b, 50'000) == "validating");
    b.done = b.created + 50'000;
    CHECK(status(b, 49'999) == "validating");
    CHECK(status(b, 50'000) == "completed");
}

TEST_CASE("a batch that fails validation says why and nothing else") {
    batch b = done_batch();
    b.results.errors = {{"invalid_json_line", "bad", "", 3}, {"duplicate_custom_id", "twice", "custom_id", 4}};
    CHECK(status(b, 500) == "validating");
    const auto shown = show(b, b.created + 1'000);
    CHECK(shown["status"] == "failed");
    CHECK(shown["errors"]["data"].size() == 2);
    CHECK(shown["errors"]["data"][0]["line"] == 3);
    CHECK(shown["errors"]["data"][0]["param"].is_null());
    CHECK(shown["request_counts"]["total"] == 0);
}

TEST_CASE("a cancelled batch goes through cancelling and ends when its partial results are there") {
    batch b = done_batch();
    b.cancelled = b.created + 3'000;
    b.done = 0;
    CHECK(status(b, 60'000) == "cancelling");
    b.done = b.created + 3'100;
    CHECK(status(b, 3'400) == "cancelling");
    CHECK(status(b, 3'500) == "cancelled");
}

TEST_CASE("an expiring batch stays in progress until its time is over") {
    batch b = done_batch();
    b.faults = {{"expire_after_fraction", 0.5}};
    CHECK(status(b, 9'999) == "in_progress");
    CHECK(status(b, 10'000) == "expired");
    CHECK(phase_at(b, b.created + 9'999).progress <= 0.5);
}

TEST_CASE("absent ids are null, missing or blank, as asked") {
    batch b = done_batch();
    const auto shown = [&](const char *style) {
        b.faults = {{"empty_ids", style}};
        return show(b, b.created + 10'000);
    };
    CHECK(shown("null")["error_file_id"].is_null());
    CHECK_FALSE(shown("missing").contains("error_file_id"));
    CHECK_FALSE(shown("missing").contains("errors"));
    CHECK(shown("blank")["error_file_id"] == smelt::json(""));
}

TEST_CASE("a stored batch comes back as it was") {
    batch b = done_batch();
    b.metadata = {{"smelt_nonce", "x"}};
    b.faults = {{"omit_lines", 2}};
    b.results.errors = {{"code", "message", "param", 7}};
    b.deleted_files = {"file-out"};
    CHECK(to_json(batch_from_json(to_json(b))) == to_json(b));
}

TEST_CASE("fault rules are spent one by one and misspelt ones are refused") {
    fault_plan plan;
    plan.add(smelt::json::parse(R"([{"on":"create","status":500,"count":2},{"fail_code":"token_limit_exceeded"}])"));
    CHECK_FALSE(plan.take_call("get", ""));
    CHECK(plan.take_call("create", "")->status == 500);
    CHECK(plan.take_call("create", "")->status == 500);
    CHECK_FALSE(plan.take_call("create", ""));
    CHECK(plan.take_batch("")["fail_code"] == "token_limit_exceeded");
    CHECK(plan.take_batch("").is_null());
    REQUIRE_THROWS_WITH(plan.add({{"omit_line", 1}}), SMELT_CONTAINS("omit_line"));
    REQUIRE_THROWS_WITH(plan.add({{"on", "creat"}}), SMELT_CONTAINS("'on'"));
    REQUIRE_THROWS_WITH(plan.add({{"on", "create"}, {"status", 9}}), SMELT_CONTAINS("'status'"));
    REQUIRE_THROWS_WITH(plan.add({{"omit_lines", "many"}}), SMELT_CONTAINS("omit_lines"));
    CHECK(plan.as_json().empty());
}
