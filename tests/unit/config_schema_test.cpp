#include "catch.hpp"

#include "smelt/base/embedded.hpp"
#include "smelt/base/text.hpp"
#include "smelt/config/pipeline.hpp"

using namespace smelt;

namespace {

const json &schema() {
    static const auto parsed = json::parse(embedded::find(embedded::config_files(), "schemas/pipeline.schema.json"));
    return parsed;
}

json default_of(const std::string &section, const std::string &key) {
    return schema().at("definitions").at(section).at("properties").at(key).at("default");
}

std::chrono::milliseconds duration_of(const std::string &section, const std::string &key) {
    return parse_duration(default_of(section, key).get<std::string>()).value();
}

} // namespace

TEST_CASE("the defaults that editors show are those of the program") {
    const config::limits_spec limits;
    CHECK(default_of("limits", "requests_per_batch") == limits.requests_per_batch);
    CHECK(parse_size(default_of("limits", "bytes_per_batch").get<std::string>()) == limits.bytes_per_batch);
    CHECK(default_of("limits", "tokens_per_batch") == limits.tokens_per_batch);
    CHECK(default_of("limits", "open_batches") == limits.open_batches);
    const config::timing_spec timing;
    CHECK(duration_of("timing", "send_window") == timing.send_window);
    CHECK(duration_of("timing", "list_grace") == timing.list_grace);
    CHECK(duration_of("timing", "missing_wait") == timing.missing_wait);
    CHECK(duration_of("timing", "late_duplicates") == timing.late_duplicates);
    CHECK(duration_of("timing", "lease") == timing.lease);
    CHECK(duration_of("timing", "connect_timeout") == timing.connect_timeout);
    CHECK(duration_of("timing", "idle_timeout") == timing.idle_timeout);
    CHECK(duration_of("timing", "answer_timeout") == timing.answer_timeout);
    CHECK(duration_of("timing", "queue_full_hold") == timing.queue_full_hold);
    const config::slice_spec slice;
    CHECK(default_of("slice", "lines") == slice.lines);
    CHECK(parse_size(default_of("slice", "bytes").get<std::string>()) == slice.bytes);
    const retry_spec retry;
    CHECK(default_of("retry", "attempts") == retry.attempts);
    CHECK(default_of("retry", "deliveries") == retry.deliveries);
    CHECK(duration_of("retry", "backoff") == retry.backoff);
    CHECK(default_of("retry", "feedback") == retry.feedback);
    const config::provider_spec provider;
    CHECK(default_of("provider", "name") == provider.name);
    CHECK(default_of("provider", "proxy") == provider.proxy);
    CHECK(default_of("task", "endpoint") == task_definition{}.endpoint);
}
