#pragma once

#include "body_rules.hpp"
#include "simulator/dialect.hpp"

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
    dialect spoken = dialect::openai;
    bool is_json = false;                    ///< one JSON object and nothing else, valid UTF-8
    std::string_view custom_id, method, url; ///< a custom_id that is not there has no data()
    bool has_body = false;
    std::string_view body; ///< the whole object
    std::string_view model;
    bool streaming = false;
    bool has_messages = false; ///< messages (chat) or input (responses) is there and of a usable type
    bool has_instructions = false;
    std::string_view format;         ///< what asks for JSON, as the dialect's read_format takes it
    std::string_view user;           ///< the last user text that is no feedback
    bool feedback = false;           ///< a user text says what was wrong with an answer
    std::string_view head;           ///< body up to the end of the last message that is no feedback
    std::string_view tail;           ///< body after the messages
    std::string_view first_odd_role; ///< of a message that is neither the user's nor the model's
    std::string_view last_role;
    std::string_view cached_system, cached_messages; ///< what is marked for the prompt cache
    bool has_max_tokens = false;
    int choices = 1; ///< answers that are wanted
    body_flaw flaw;  ///< against the rules that it was read by
    refusal refused; ///< the error with which the service answers this request alone
};

/// A line of OpenAI's; of another dialect with the same members, spoken is for the caller to set. rules, unless null,
/// say what a body may hold.
request_line parse_request(std::string_view line, const body_rules *rules = nullptr);

/// A body of OpenAI's that came alone; a text that is no object has no body.
request_line parse_body(std::string_view body, const body_rules *rules = nullptr);

/// Identity of a request's body without its feedback messages; custom_id has no part in it.
std::uint64_t body_hash(const request_line &request, std::uint64_t seed);

/// What the service finds wrong with the line alone (docs/protocols.md, OpenAI validation errors), most basic first;
/// empty code: nothing. full: method and url belong in it.
line_error check_request(const request_line &request, std::string_view endpoint, bool full = true);
/// The same for a body; param is its member.
line_error check_body(const request_line &request, std::string_view endpoint);

} // namespace smelt::sim
