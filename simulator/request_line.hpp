#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::sim {

/// One entry of a failed batch's errors.data.
struct line_error {
    std::string code;
    std::string message;
    std::string param;     ///< empty: null
    std::int64_t line = 0; ///< 1-based; 0: null
};

/// One line of an input file, as slices of it (escapes untouched). Missing parts are empty.
struct request_line {
    bool is_json = false; ///< one JSON object and nothing else, valid UTF-8
    std::string_view custom_id, method, url;
    bool has_body = false;
    std::string_view body; ///< the whole object
    std::string_view model;
    bool streaming = false;
    bool has_messages = false; ///< messages (chat) or input (responses) is there and of a usable type
    bool has_instructions = false;
    std::string_view format; ///< response_format, or text of /v1/responses
    std::string_view user;   ///< the last user text before the first assistant message
    bool feedback = false;   ///< there is an assistant message
    std::string_view head;   ///< body up to the end of the last message before the first assistant message
    std::string_view tail;   ///< body after the messages
};

request_line parse_request(std::string_view line);

/// Identity of a request's body without its feedback messages; custom_id has no part in it.
std::uint64_t body_hash(const request_line &request, std::uint64_t seed);

/// What the service finds wrong with the line alone (providers reference 1.9), most basic first; empty code: nothing.
/// full: method and url belong in it.
line_error check_request(const request_line &request, std::string_view endpoint, bool full = true);

} // namespace smelt::sim
