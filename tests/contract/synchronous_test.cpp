#include "catch.hpp"
#include "contract_fixture.hpp"

#include <chrono>

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;
using provider::failure_kind;

namespace {

std::string any_synchronous() {
    return GENERATE(as<std::string>{}, "direct", "anthropic-direct");
}

/// The simulator, and a synchronous service.
struct synchronous_fixture : contract_fixture {
    using contract_fixture::contract_fixture;

    provider::answered ask(int n = 1) {
        std::string line;
        chat().encoder(task)->encode("n-" + std::to_string(n), {{"user", "Title: number " + std::to_string(n)}}, line);
        return wait([&] { return chat().answer(line, is_over); });
    }
    provider::result_line read(const provider::answered &a) {
        CHECK_FALSE(a.refused);
        REQUIRE_FALSE(a.line.empty());
        return chat().decode(std::string_view{a.line}.substr(0, a.line.size() - 1));
    }
    bool stop = false;
    const provider::stop_check is_over = [this] { return stop; };
};

} // namespace

TEST_CASE("synchronous: each request has its answer") {
    const auto name = any_synchronous();
    INFO(name);
    synchronous_fixture f{name};
    CHECK(f.chat().capabilities().synchronous());
    for (int n = 1; n <= 3; ++n) {
        const auto line = f.read(f.ask(n));
        CHECK(line.custom_id == "n-" + std::to_string(n));
        CHECK(line.cause == cause_kind::none);
        CHECK(json::parse(line.answer).contains("title"));
        CHECK(line.tokens.input > 0);
        CHECK(line.tokens.output > 0);
        CHECK(line.model == "gpt-5-mini");
    }
    CHECK(f.counters()["answers"] == 3);
}

TEST_CASE("synchronous: a busy service is asked again after the time that it names") {
    const auto name = any_synchronous();
    INFO(name);
    synchronous_fixture f{name};
    const int status = GENERATE(429, 503, 529);
    f.fault({{"on", "answer"}, {"status", status}, {"retry_after", "1"}});
    const auto begun = std::chrono::steady_clock::now();
    CHECK(f.read(f.ask()).cause == cause_kind::none);
    CHECK(std::chrono::steady_clock::now() - begun >= 1s);
    CHECK(f.counters()["answers"] == 1);
}

TEST_CASE("synchronous: a service that is busy for long is left alone") {
    const auto name = any_synchronous();
    INFO(name);
    synchronous_fixture f{name};
    f.fault({{"on", "answer"}, {"status", 429}, {"retry_after", "3600"}});
    const auto answered = f.ask();
    CHECK(answered.line.empty());
    REQUIRE(answered.refused);
    CHECK(answered.refused->kind == failure_kind::busy);
    CHECK(answered.refused->retry_after == 1h);
}

TEST_CASE("synchronous: who refuses key, quota or model is not asked again") {
    const auto name = any_synchronous();
    INFO(name);
    SECTION("key") {
        synchronous_fixture f{name, {}, "another-key"};
        const auto answered = f.ask();
        REQUIRE(answered.refused);
        CHECK(answered.refused->kind == failure_kind::key);
        CHECK(answered.refused->status == 401);
        CHECK(answered.refused->message.find("another-key") == std::string::npos);
    }
    SECTION("quota") {
        synchronous_fixture f{name};
        f.fault({{"on", "answer"},
                 {"status", 429},
                 {"body", R"({"error":{"message":"pay","code":"insufficient_quota"}})"}});
        const auto answered = f.ask();
        REQUIRE(answered.refused);
        CHECK(answered.refused->kind == failure_kind::quota);
        CHECK(answered.refused->message == "pay");
    }
    SECTION("model") {
        synchronous_fixture f{name};
        f.fault({{"on", "answer"}, {"status", 404}});
        CHECK(f.ask().refused->kind == failure_kind::not_found);
    }
}

TEST_CASE("synchronous: what may have been answered is never asked again") {
    const auto name = any_synchronous();
    INFO(name);
    synchronous_fixture f{name};
    const auto *fault = GENERATE("drop_after", "drop_before");
    f.ask(0); // so that the next one travels over a kept connection
    f.fault({{"on", "answer"}, {fault, true}});
    const auto line = f.read(f.ask());
    CHECK(line.custom_id == "n-1");
    CHECK(line.cause == cause_kind::transport);
    CHECK_FALSE(line.message.empty());
    CHECK(f.counters()["answers"] == (std::string{fault} == "drop_after" ? 2 : 1));
    CHECK(f.read(f.ask(2)).cause == cause_kind::none);
}

TEST_CASE("synchronous: errors of one request are its result") {
    const auto name = any_synchronous();
    INFO(name);
    synchronous_fixture f{name};
    f.fault({{"on", "answer"}, {"status", 500}});
    CHECK(f.read(f.ask()).cause == cause_kind::transport);
    f.fault({{"on", "answer"}, {"status", 400}});
    CHECK(f.read(f.ask()).cause == cause_kind::rejected_request);
    f.fault({{"on", "answer"}, {"status", 200}, {"body", "<html>proxy</html>"}});
    CHECK(f.read(f.ask()).cause == cause_kind::transport);
    f.fault({{"on", "answer"}, {"cut_after", 30}});
    CHECK(f.read(f.ask()).cause == cause_kind::transport);
}

TEST_CASE("synchronous: a request that is to stop is not sent") {
    const auto name = any_synchronous();
    INFO(name);
    synchronous_fixture f{name};
    f.stop = true;
    const auto answered = f.ask();
    CHECK(answered.line.empty());
    CHECK_FALSE(answered.refused);
    CHECK(f.counters()["answers"] == 0);
}
