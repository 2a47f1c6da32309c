#include "catch.hpp"
#include "config/read.hpp"

#include "smelt/base/embedded.hpp"

#include <set>

using namespace smelt;

TEST_CASE("the names that the schema allows are those of data/providers.json") {
    const auto schema = json::parse(embedded::find(embedded::config_files(), "schemas/pipeline.schema.json"));
    const auto table = json::parse(embedded::find(embedded::config_files(), "data/providers.json")).at("providers");
    std::set<std::string> allowed = schema.at("definitions").at("provider").at("properties").at("name").at("enum");
    std::set<std::string> known;
    for (const auto &[name, row] : table.items()) {
        known.insert(name);
        CHECK(row.contains("base_url") != row.contains("needs_base_url"));
    }
    CHECK(allowed == known);
}

TEST_CASE("without a word in the file a provider is OpenAI") {
    const config::provider_spec by_default;
    const auto known = config::known_provider(by_default.name);
    CHECK(known.base_url == by_default.base_url);
    CHECK(known.max_requests == by_default.max_requests);
    CHECK(known.max_bytes == by_default.max_bytes);
    CHECK(known.quirks.metadata);
    CHECK(known.quirks.full_lines);
}

TEST_CASE("quirks of the file win over those of the service") {
    auto spec = config::known_provider("azure");
    CHECK(spec.quirks.key_header == "api-key");
    config::apply_quirks(json::parse(R"({"key_header":"Authorization","line":"body","states":{"done":"completed"}})"),
                         spec.quirks);
    CHECK(spec.quirks.key_header == "Authorization");
    CHECK_FALSE(spec.quirks.full_lines);
    CHECK(spec.quirks.states.at("done") == "completed");
    CHECK(spec.quirks.wait_for_upload);
}
