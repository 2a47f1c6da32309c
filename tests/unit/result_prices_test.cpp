#include "catch.hpp"
#include "orchestrator/collect/result_lines.hpp"

#include <boost/asio/io_context.hpp>

using namespace smelt;
using namespace smelt::orchestrator;

namespace {

/// One answer to a batch of one request, judged and priced.
struct priced {
    priced() {
        service.prices = {{"priced-model", price{1, 1, 1}}, {"my-deployment", price{5, 5, 5}}};
        batch.nonce = "nonce";
    }
    std::optional<picousd> cost(const std::string &asked, const std::string &answered, const std::string &usage) {
        boost::asio::io_context io;
        http::client client{io.get_executor(), {}};
        const auto api = provider::make_batch_api({}, "", client);
        task_definition definition;
        definition.name = "t";
        definition.model = asked;
        definition.user = "{{a}}";
        const loaded_version version{definition};
        batch.model = asked;
        raw_slice raw;
        raw.bytes = R"({"custom_id":"nonce-1","response":{"status_code":200,"body":{"model":")" + answered +
                    R"(","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}])" + usage + "}}}\n";
        membership members{{1}, {}};
        const auto slice = judge(raw, *api, batch, version, service, {}, members);
        REQUIRE(slice.lines.size() == 1);
        CHECK(slice.lines[0].line.cause == cause_kind::none);
        return slice.lines[0].line.cost;
    }
    config::provider_spec service;
    store::batch_row batch;
};

const std::string some = R"(,"usage":{"prompt_tokens":1000,"completion_tokens":100})";

} // namespace

TEST_CASE_METHOD(priced, "the model that an answer names gives the price") {
    CHECK(cost("some-alias", "priced-model", some) == 1100);
    CHECK(cost("some-alias", "priced-model-2025-08-07", some) == 1100);
    CHECK(cost("some-alias", "gpt-5-mini-2025-08-07", some) == 1000 * 125'000 + 100 * 1'000'000);
    CHECK_FALSE(cost("some-alias", "nobody-knows", some));
}

TEST_CASE_METHOD(priced, "where the answer's model has no price, that of the model asked for holds") {
    CHECK(cost("priced-model", "nobody-knows", some) == 1100);
    CHECK(cost("priced-model", "", some) == 1100);
    CHECK(cost("my-deployment", "gpt-5-mini", some) == 5500);
}

TEST_CASE_METHOD(priced, "an answer whose tokens are not known has no cost") {
    CHECK_FALSE(cost("priced-model", "priced-model", ""));
    CHECK_FALSE(cost("priced-model", "priced-model", R"(,"usage":{"prompt_tokens":3000000000,"completion_tokens":1})"));
    CHECK(cost("priced-model", "priced-model",
               R"(,"usage":{"prompt_tokens":1,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":9}})") ==
          11);
}
