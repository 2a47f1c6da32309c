#include "body_rules.hpp"

#include <array>

// Members and roles of the vendors' published descriptions; ranges where those give them.

namespace smelt::sim {
namespace {

constexpr double any_more = std::numeric_limits<double>::infinity();

constexpr std::array chat_members{member_rule{"model", of_text},
                                  member_rule{"messages", of_list},
                                  member_rule{"metadata", of_object},
                                  member_rule{"top_logprobs", of_integer, 0, 20},
                                  member_rule{"temperature", of_number, 0, 2},
                                  member_rule{"top_p", of_number, 0, 1},
                                  member_rule{"user", of_text},
                                  member_rule{"safety_identifier", of_text},
                                  member_rule{"prompt_cache_key", of_text},
                                  member_rule{"prompt_cache_retention", of_text},
                                  member_rule{"prompt_cache_options", of_object},
                                  member_rule{"service_tier", of_text},
                                  member_rule{"modalities", of_list},
                                  member_rule{"verbosity", of_text},
                                  member_rule{"reasoning_effort", of_text},
                                  member_rule{"max_completion_tokens", of_integer},
                                  member_rule{"frequency_penalty", of_number, -2, 2},
                                  member_rule{"presence_penalty", of_number, -2, 2},
                                  member_rule{"web_search_options", of_object},
                                  member_rule{"response_format", of_object},
                                  member_rule{"audio", of_object},
                                  member_rule{"store", of_boolean},
                                  member_rule{"moderation", of_object},
                                  member_rule{"stream", of_boolean},
                                  member_rule{"stream_options", of_object},
                                  member_rule{"stop", of_text | of_list},
                                  member_rule{"logit_bias", of_object},
                                  member_rule{"logprobs", of_boolean},
                                  member_rule{"max_tokens", of_integer},
                                  member_rule{"n", of_integer, 1, 128},
                                  member_rule{"prediction", of_object},
                                  member_rule{"seed", of_integer},
                                  member_rule{"tools", of_list},
                                  member_rule{"tool_choice", of_text | of_object},
                                  member_rule{"parallel_tool_calls", of_boolean},
                                  member_rule{"function_call", of_text | of_object},
                                  member_rule{"functions", of_list}};

constexpr std::array chat_roles{role_rule{"system"}, role_rule{"assistant", false, true},
                                role_rule{"user"},   role_rule{"function", true, true},
                                role_rule{"tool"},   role_rule{"developer"}};

constexpr std::array<std::string_view, 8> chat_message_members{"role",  "content",    "name",          "refusal",
                                                               "audio", "tool_calls", "function_call", "tool_call_id"};

constexpr std::array responses_members{member_rule{"model", of_text},
                                       member_rule{"input", of_text | of_list},
                                       member_rule{"instructions", of_text},
                                       member_rule{"text", of_object},
                                       member_rule{"metadata", of_object},
                                       member_rule{"top_logprobs", of_integer, 0, 20},
                                       member_rule{"temperature", of_number, 0, 2},
                                       member_rule{"top_p", of_number, 0, 1},
                                       member_rule{"user", of_text},
                                       member_rule{"safety_identifier", of_text},
                                       member_rule{"prompt_cache_key", of_text},
                                       member_rule{"prompt_cache_retention", of_text},
                                       member_rule{"prompt_cache_options", of_object},
                                       member_rule{"previous_response_id", of_text},
                                       member_rule{"background", of_boolean},
                                       member_rule{"max_tool_calls", of_integer},
                                       member_rule{"tools", of_list},
                                       member_rule{"tool_choice", of_text | of_object},
                                       member_rule{"prompt", of_object},
                                       member_rule{"service_tier", of_text},
                                       member_rule{"truncation", of_text},
                                       member_rule{"reasoning", of_object},
                                       member_rule{"include", of_list},
                                       member_rule{"parallel_tool_calls", of_boolean},
                                       member_rule{"store", of_boolean},
                                       member_rule{"moderation", of_object},
                                       member_rule{"stream", of_boolean},
                                       member_rule{"stream_options", of_object},
                                       member_rule{"conversation", of_text | of_object},
                                       member_rule{"context_management", of_list},
                                       member_rule{"max_output_tokens", of_integer, 16}};

constexpr std::array responses_roles{role_rule{"user"}, role_rule{"assistant"}, role_rule{"system"},
                                     role_rule{"developer"}};

constexpr std::array mistral_members{member_rule{"model", of_text},
                                     member_rule{"messages", of_list},
                                     member_rule{"temperature", of_number, 0, 1.5},
                                     member_rule{"top_p", of_number, 0, 1},
                                     member_rule{"max_tokens", of_integer, 0},
                                     member_rule{"stream", of_boolean},
                                     member_rule{"stop", of_text | of_list},
                                     member_rule{"random_seed", of_integer, 0},
                                     member_rule{"metadata", of_object},
                                     member_rule{"response_format", of_object},
                                     member_rule{"tools", of_list},
                                     member_rule{"tool_choice", of_text | of_object},
                                     member_rule{"presence_penalty", of_number, -2, 2},
                                     member_rule{"frequency_penalty", of_number, -2, 2},
                                     member_rule{"n", of_integer, 1},
                                     member_rule{"prediction", of_object},
                                     member_rule{"parallel_tool_calls", of_boolean},
                                     member_rule{"prompt_mode", of_text},
                                     member_rule{"reasoning_effort", of_text},
                                     member_rule{"guardrails", of_list},
                                     member_rule{"prompt_cache_key", of_text},
                                     member_rule{"safe_prompt", of_boolean}};

constexpr std::array mistral_roles{role_rule{"system"}, role_rule{"user", true, true},
                                   role_rule{"assistant", false, true}, role_rule{"tool", true, true}};

constexpr std::array<std::string_view, 6> mistral_message_members{"role",   "content",      "tool_calls",
                                                                  "prefix", "tool_call_id", "name"};

constexpr std::array anthropic_members{member_rule{"model", of_text},
                                       member_rule{"max_tokens", of_integer, 1, any_more},
                                       member_rule{"messages", of_list},
                                       member_rule{"system", of_text | of_list},
                                       member_rule{"temperature", of_number, 0, 1},
                                       member_rule{"top_p", of_number, 0, 1},
                                       member_rule{"top_k", of_integer, 0},
                                       member_rule{"metadata", of_object},
                                       member_rule{"stream", of_boolean},
                                       member_rule{"tools", of_list},
                                       member_rule{"tool_choice", of_object},
                                       member_rule{"stop_sequences", of_list},
                                       member_rule{"thinking", of_object},
                                       member_rule{"service_tier", of_text},
                                       member_rule{"output_config", of_object},
                                       member_rule{"container", of_text | of_object},
                                       member_rule{"speed", of_text},
                                       member_rule{"mcp_servers", of_list},
                                       member_rule{"context_management", of_object},
                                       member_rule{"inference_geo", of_text},
                                       member_rule{"cache_control", of_object}};

constexpr std::array anthropic_roles{role_rule{"user"}, role_rule{"assistant"}};

constexpr std::array<std::string_view, 2> anthropic_message_members{"role", "content"};

} // namespace

const body_rules openai_chat_rules{chat_members, chat_roles, chat_message_members};
const body_rules openai_responses_rules{responses_members, responses_roles, {}, true};
const body_rules mistral_chat_rules{mistral_members, mistral_roles, mistral_message_members};
const body_rules anthropic_rules{anthropic_members, anthropic_roles, anthropic_message_members};

} // namespace smelt::sim
