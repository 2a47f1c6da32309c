#include "provider/anthropic/objects.hpp"
#include "provider/gemini/objects.hpp"
#include "provider/mistral/objects.hpp"
#include "provider/openai/objects.hpp"
#include "provider/reason.hpp"
#include "provider/redact.hpp"

#include <cstddef>
#include <cstdint>

namespace {

using namespace smelt::provider;

void read_objects(std::string_view body) {
    const auto document = parse_body(body);
    for (const auto &read :
         {batch_reader{[](const auto &o) { return parse_batch(o); }}, batch_reader{parse_mistral_job},
          batch_reader{parse_message_batch}, batch_reader{parse_operation}}) {
        read(document);
        for (const auto find_by : {lookup::metadata, lookup::input_file})
            parse_listing(body, "cursor", 100, read, find_by);
        for (const int status : {200, 400, 500})
            classify_create({status, {}, std::string{body}}, {}, read, parse_mistral_error);
    }
    parse_files(body, {}, 100);
}

} // namespace

/// Whatever a service answers to a call about batches and files, it is understood or refused, and nothing of the key
/// comes out of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const text_guard guard{"key-0123456789"};
    const std::string_view body{reinterpret_cast<const char *>(data), size};
    read_objects(body);
    const auto shown = guard.clean(sentence_of(reason_of(body)));
    if (shown.find("key-0123") != std::string::npos || shown.find('\n') != std::string::npos)
        __builtin_trap();
    return 0;
}
