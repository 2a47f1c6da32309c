#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace smelt::sim {

/// Types of JSON values, as a set. An integer is a number, too.
enum json_kind : unsigned {
    of_text = 1,
    of_integer = 2,
    of_fraction = 4,
    of_boolean = 8,
    of_object = 16,
    of_list = 32,
    of_number = of_integer | of_fraction,
    of_any = 63
};

/// A member that a service knows. null is always right.
struct member_rule {
    std::string_view name;
    unsigned kinds = of_any;
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();
};

/// A role that a message may have.
struct role_rule {
    std::string_view name;
    bool needs_content = true;
    bool null_content = false; ///< its content may be null
};

/// What a service takes in a request's body.
struct body_rules {
    std::span<const member_rule> members;
    std::span<const role_rule> roles;
    std::span<const std::string_view> message_members; ///< empty: any
    bool typed_messages = false;                       ///< a message with another type than "message" is no message
};

/// The first thing that is wrong with a body; slices of its text.
struct body_flaw {
    enum kind { none, unknown_member, wrong_type, too_small, too_large, missing, odd_role };
    kind what = none;
    std::string_view member;   ///< of the body
    std::int64_t message = -1; ///< its place among the messages; -1: the flaw is none of a message
    std::string_view inner;    ///< the message's member; empty: the message itself
    std::string_view value;    ///< raw text
    unsigned wanted = of_any;
    double bound = 0; ///< that the value exceeds
};

/// A message as far as the rules look at it.
struct seen_message {
    bool is_object = false;
    std::string_view role, type;
    std::string_view content; ///< raw text; without data(): there is none
    std::string_view unknown; ///< its first member that the rules do not name
};

/// Notes what is wrong with a member, unless something else was noted before.
void judge_member(std::span<const member_rule> rules, std::string_view name, std::string_view value, body_flaw &flaw);
/// The same for a message; place counts from 0.
void judge_message(const body_rules &rules, const seen_message &message, std::string_view member, std::int64_t place,
                   body_flaw &flaw);
bool knows_message_member(const body_rules &rules, std::string_view name);

/// Why one request is answered with an error of its own.
struct refusal {
    std::string message; ///< empty: it is not
    std::string param;
    std::string code;
    int status = 400;
};

/// The flaw in OpenAI's words.
refusal openai_words(const body_flaw &flaw, const body_rules &rules);
/// In the words that Mistral and Anthropic use; param is the place, which the message begins with as well.
refusal pydantic_words(const body_flaw &flaw);

extern const body_rules openai_chat_rules;
extern const body_rules openai_responses_rules;
extern const body_rules mistral_chat_rules;
extern const body_rules anthropic_rules;

} // namespace smelt::sim
