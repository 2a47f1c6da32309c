#include "catch.hpp"
#include "pipeline_loader.hpp"

using namespace smelt;
using namespace smelt::test;

TEST_CASE("what bounds synchronous requests is for synchronous providers") {
    loader l;
    const auto p =
        l.load(with_task("provider: {name: ollama, concurrency: 3, requests_per_minute: 60, tokens_per_minute: "
                         "1000, timeout: 90s}\n"));
    CHECK(p.provider.synchronous);
    CHECK(p.provider.base_url == "http://localhost:11434/v1");
    CHECK(p.provider.pool.concurrency == 3);
    CHECK(p.provider.pool.requests_per_minute == 60);
    CHECK(p.provider.pool.tokens_per_minute == 1000);
    CHECK(p.provider.pool.timeout == std::chrono::seconds{90});
    CHECK_THAT(l.error(with_task("provider: {concurrency: 3}\n")), SMELT_CONTAINS("answers batches"));
    CHECK_THAT(l.error(with_task("provider: {name: direct}\n")), SMELT_CONTAINS("base_url"));
    CHECK_THAT(l.error(with_task("provider: {name: ollama, concurrency: 0}\n")), SMELT_CONTAINS("concurrency"));
}

TEST_CASE("a fallback is a synchronous provider") {
    loader l;
    const auto p = l.load(with_task("fallback: {synchronous: {name: openai-direct, concurrency: 4}, below: 20}\n"));
    REQUIRE(p.fallback);
    CHECK(p.fallback->below == 20);
    CHECK(p.fallback->synchronous.name == "openai-direct");
    CHECK(p.fallback->synchronous.pool.concurrency == 4);
    CHECK(l.load(with_task("fallback: {synchronous: {name: openai-direct}}\n")).fallback->below == 50);
    CHECK_THAT(l.error(with_task("fallback: {synchronous: {name: openai}}\n")), SMELT_CONTAINS("answers batches only"));
    CHECK_THAT(l.error(with_task("provider: {name: ollama}\nfallback: {synchronous: {name: ollama}}\n")),
               SMELT_CONTAINS("synchronous anyway"));
    CHECK_THAT(l.error(with_task("fallback: {below: 3}\n")), SMELT_CONTAINS("synchronous"));
}

TEST_CASE("what means nothing to a synchronous provider is refused") {
    loader l;
    const auto error = [&](const std::string &provider) { return l.error(with_task("provider: " + provider + "\n")); };
    CHECK_THAT(error("{name: ollama, delete_files: true}"), SMELT_CONTAINS("keeps no files"));
    CHECK_THAT(error("{name: ollama, quirks: {completion_window: 1h}}"), SMELT_CONTAINS("has no batches"));
    l.load(with_task("provider: {name: ollama, quirks: {headers: {a: b}}}\n"));
}
