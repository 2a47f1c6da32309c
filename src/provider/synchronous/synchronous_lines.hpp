#pragma once

#include "smelt/http/client.hpp"

#include <string>
#include <string_view>

/// Answers of synchronous services as result lines of the batch API that is their sibling, so that one decoder reads
/// both. Pure.
namespace smelt::provider {

/// A request line's id and body, as its encoder has written them: {"custom_id":"…","<member>":{…}}.
struct request_parts {
    std::string_view custom_id;
    std::string_view body;
};
/// Throws std::logic_error for a line of another form.
request_parts split_request(std::string_view line, std::string_view member);

/// How a dialect writes result lines. what went wrong beside an answer is told by `message`.
struct line_format {
    std::string (*answered)(std::string_view custom_id, const http::response &answer);
    std::string (*broken)(std::string_view custom_id, std::string_view message);
};
/// {"custom_id","response":{"status_code","body"}} and {"custom_id","error":{…}} of OpenAI.
extern const line_format chat_lines;
/// {"custom_id","result":{"type":"succeeded","message"}} and {…"errored","error"} of Anthropic.
extern const line_format message_lines;

} // namespace smelt::provider
