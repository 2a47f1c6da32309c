#pragma once

#include "json_scan.hpp"
#include "request_line.hpp"

namespace smelt::sim {

// What the dialects' readers of request lines share. All of them are false for text that is no JSON.

/// A string; out stays as it is for a value of another type, which is skipped.
bool optional_string(json_scan &scan, std::string_view &out);

/// A message's content: the first text among its parts, or the text that it is.
bool read_content(json_scan &scan, std::string_view &text);

/// The messages of a chat, in the body's member of this name: notes the last user text, where the part without feedback
/// ends, and what breaks the rules, unless they are null.
bool read_messages(json_scan &scan, request_line &line, const char *body_begin, std::string_view member,
                   const body_rules *rules);

/// Notes a message that was read: its role, its text, and the body up to its end.
void note_message(request_line &line, std::string_view role, std::string_view text, std::string_view head);

/// Notes the whole body, from begin to end, and in it what follows the messages (nullptr: there were none).
void note_body(request_line &line, const char *begin, const char *after_messages, const char *end);

bool is_utf8(std::string_view text);

} // namespace smelt::sim
