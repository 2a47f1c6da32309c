#include "catch.hpp"
#include "pipeline_loader.hpp"

using namespace smelt;
using namespace smelt::test;

TEST_CASE("what bounds synchronous requests is for synchronous providers") {
    loader l;
    const auto p =
        l.load(with_task("provider: {name: ollama, concurrency: 3, requests_per_minute: 60, tokens_per_minute: "
                         "1000, timeout: 90s}\n"));
    CHECK(p.providers.front().synchronous);
    CHECK(p.providers.front().base_url == "http://localhost:11434/v1");
    CHECK(p.providers.front().pool.concurrency == 3);
    CHECK(p.providers.front().pool.requests_per_minute == 60);
    CHECK(p.providers.front().pool.tokens_per_minute == 1000);
    CHECK(p.providers.front().pool.timeout == std::chrono::seconds{90});
    CHECK_THAT(l.error(with_task("provider: {concurrency: 3}\n")), SMELT_CONTAINS("answers batches"));
    CHECK_THAT(l.error(with_task("provider: {name: direct}\n")), SMELT_CONTAINS("base_url"));
    CHECK_THAT(l.error(with_task("provider: {name: ollama, concurrency: 0}\n")), SMELT_CONTAINS("concurrency"));
}

TEST_CASE("a fallback is a synchronous provider") {
    loader l;
    const auto p = l.load(with_task("fallback: {provider: {name: openai-direct, concurrency: 4}, below: 20}\n"));
    REQUIRE(p.fallback);
    CHECK(p.fallback->below == 20);
    CHECK(p.providers[p.fallback->provider].name == "openai-direct");
    CHECK(p.providers[p.fallback->provider].pool.concurrency == 4);
    CHECK(l.load(with_task("fallback: {provider: {name: openai-direct}}\n")).fallback->below == 50);
    CHECK_THAT(l.error(with_task("fallback: {provider: {name: mistral}}\n")), SMELT_CONTAINS("answers batches only"));
    CHECK_THAT(l.error(with_task("provider: {name: ollama}\nfallback: {provider: {name: openai-direct}}\n")),
               SMELT_CONTAINS("synchronous anyway"));
    CHECK_THAT(l.error(with_task("fallback: {below: 3}\n")), SMELT_CONTAINS("\"provider\" is missing"));
}

TEST_CASE("a fallback with after may be any other service, with a model of its own") {
    loader l;
    const auto with = [](const std::string &own, const std::string &rest) {
        return with_task("provider: {name: " + own + "}\nfallback: {provider: {name: mistral}, " + rest + "}\n");
    };
    const auto p = l.load(with("openai", "after: 20h, model: other, params: {max_tokens: 9}"));
    CHECK(p.fallback->after == std::chrono::hours{20});
    CHECK(p.fallback->below == 0);
    CHECK(p.provider_of(p.tasks[0], fallback_rung).name == "mistral");
    const auto &definition = p.tasks[0].definition;
    CHECK(on_rung(definition, fallback_rung).model == "other");
    CHECK(on_rung(definition, fallback_rung).params == json{{"max_tokens", 9}});
    CHECK(on_rung(definition, 0).model == "m");
    CHECK(attempts_on(definition.retry, fallback_rung) == definition.retry.attempts);
    CHECK(definition_hash(definition_from_json(to_json(definition))) == definition_hash(definition));
    CHECK(on_rung(l.load(with("ollama", "after: 1h")).tasks[0].definition, fallback_rung).model == "m");
    CHECK_THAT(l.error(with("openai", "after: 20h, below: 5")), SMELT_CONTAINS("answers batches only"));
    CHECK_THAT(l.error(with("openai", "after: soon")), SMELT_CONTAINS("fallback.after"));
    CHECK_THAT(l.error(with("openai", "after: 1h, params: {model: x}")), SMELT_CONTAINS("fallback.params.model"));
}

TEST_CASE("a fallback to the service that is asked anyway is refused") {
    loader l;
    CHECK_THAT(l.error(with_task("providers: {a: {name: openai}}\nfallback: {provider: a, after: 1h}\n")),
               SMELT_CONTAINS("this service is asked anyway"));
    const auto p = l.load(with_task("providers: {a: {name: openai}, b: {name: mistral}}\nprovider: a\n"
                                    "fallback: {provider: b, after: 1h, model: x}\n"));
    CHECK(p.has_fallback(p.tasks[0]));
}

TEST_CASE("what means nothing to a synchronous provider is refused") {
    loader l;
    const auto error = [&](const std::string &provider) { return l.error(with_task("provider: " + provider + "\n")); };
    CHECK_THAT(error("{name: ollama, delete_files: true}"), SMELT_CONTAINS("keeps no files"));
    CHECK_THAT(error("{name: ollama, quirks: {completion_window: 1h}}"), SMELT_CONTAINS("has no batches"));
    l.load(with_task("provider: {name: ollama, quirks: {headers: {a: b}}}\n"));
}

namespace {

constexpr const char *two = "providers: {a: {name: openai}, b: {name: anthropic, limits: {open_batches: 2}}}\n";

} // namespace

TEST_CASE("several providers are named by the file, a task and a rung") {
    loader l;
    const auto p =
        l.load("pipeline: p\nsource: {csv: a.csv, key: id}\nlimits: {open_batches: 7, tokens_per_batch: 9}\n" +
               std::string{two} +
               "provider: a\ntasks:\n  one: {model: m, user: \"{{x}}\"}\n"
               "  two: {model: m, user: \"{{x}}\", provider: b, params: {max_tokens: 9},\n"
               "        retry: {escalate: [{model: n, attempts: 2}, {model: o, provider: a, params: {}}]}}\n");
    REQUIRE(p.providers.size() == 2);
    CHECK(p.provider_of(p.tasks[0]).label == "a");
    CHECK(p.provider_of(p.tasks[1]).label == "b");
    CHECK(p.provider_of(p.tasks[1], 1).label == "b");
    CHECK(p.provider_of(p.tasks[1], 2).label == "a");
    CHECK(p.providers[0].limits.open_batches == 7);
    CHECK(p.providers[1].limits.open_batches == 2);
    CHECK(p.providers[1].limits.tokens_per_batch == 9);
    const auto &definition = p.tasks[1].definition;
    CHECK(rungs_of(definition) == 3);
    CHECK(on_rung(definition, 1).params == definition.params);
    CHECK(on_rung(definition, 2).params.empty());
    CHECK(on_rung(definition, 9).model == "o");
    CHECK(attempts_on(definition.retry, 1) == 2);
}

TEST_CASE("what is wrong with several providers is said where it stands") {
    loader l;
    const auto error = [&](const std::string &yaml) { return l.error(with_task(yaml)); };
    CHECK_THAT(error(two), SMELT_CONTAINS("not said which of `providers` is asked"));
    CHECK_THAT(error(std::string{two} + "provider: c\n"), SMELT_CONTAINS("there is no \"c\" in `providers`"));
    CHECK_THAT(error(std::string{two} + "provider: {name: openai}\n"), SMELT_CONTAINS("not both"));
    CHECK_THAT(error("provider: c\n"), SMELT_CONTAINS("no `providers` to choose from"));
    CHECK_THAT(error("provider: 5\n"), SMELT_CONTAINS("the name of one of `providers`, or a mapping"));
    CHECK_THAT(error("provider: {limits: {open_batches: 2}}\n"), SMELT_CONTAINS("below `limits:`"));
    CHECK_THAT(error("provider: {nmae: openai}\n"), SMELT_CONTAINS("did you mean"));
    CHECK_THAT(error("providers: {a: {name: openai}, b: {name: openai}}\nprovider: a\n"),
               SMELT_CONTAINS("the same account"));
    CHECK_THAT(error("providers: {a: {name: openai}}\nfallback: {provider: a}\n"),
               SMELT_CONTAINS("answers batches only"));
}

TEST_CASE("one entry of providers needs no choice") {
    loader l;
    const auto p = l.load(with_task("providers: {only: {name: anthropic}}\n"));
    CHECK(p.provider_of(p.tasks.front()).label == "only");
}
