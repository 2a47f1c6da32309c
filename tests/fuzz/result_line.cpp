#include "smelt/extraction/compiled_task.hpp"
#include "smelt/provider/batch_api.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>

namespace {

using namespace smelt;

struct judge {
    boost::asio::io_context io;
    http::client client{io.get_executor(), {}};
    std::unique_ptr<provider::batch_api> api = provider::make_batch_api({}, "", client);
    extraction::compiled_task task = [] {
        task_definition definition;
        definition.name = "fuzz";
        definition.model = "m";
        definition.user = "{{text}}";
        definition.output = json::parse(R"({"type":"object","required":["title","year"],"additionalProperties":false,
            "properties":{"title":{"type":"string","maxLength":20,"pattern":"^[A-Z]"},"year":{"type":"integer","minimum":1900},
            "when":{"type":"string","format":"date-time"},"tags":{"type":"array","items":{"enum":["a","b"]},"uniqueItems":true}}})");
        return extraction::compiled_task{std::move(definition)};
    }();
};

} // namespace

/// Whatever stands in a line of a result file, it is understood or called unreadable; and whatever the answer is, there
/// is a verdict.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static judge shared;
    const auto line = shared.api->decode({reinterpret_cast<const char *>(data), size});
    const auto verdict = shared.task.judge(line.answer);
    if (verdict.cause == cause_kind::none && verdict.output.empty())
        __builtin_trap(); // accepted, and nothing to store
    return 0;
}
