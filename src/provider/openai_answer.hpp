#pragma once

#include "line_document.hpp"

#include "smelt/provider/provider.hpp"

namespace smelt::provider {

/// Says what went wrong; the provider's words are made storable (UTF-8, no NUL) and clipped.
void fail(result_line &out, cause why, outcome what, std::string_view message);

/// The answer of a chat completion body, or why there is none.
void read_chat(const json_value &body, result_line &out);
/// The same for a body of /v1/responses.
void read_response_object(const json_value &body, result_line &out);
/// Tokens and model, whatever became of the answer: a rejected answer is billed, too.
void read_usage(const json_value &body, result_line &out);

/// A count, 0 when there is none.
std::int64_t count_member(const json_value &object, std::string_view name);
/// Decides what text, refusal and reason (a finish_reason) together mean.
void conclude(std::string text, std::string_view refusal, std::string_view reason, result_line &out);
/// The model's name, when it can be stored.
void read_model(const json_value &body, std::string_view name, result_line &out);

/// An error object (or bare string) inside a line; cause by its code where the HTTP status does not say.
struct error_words {
    std::string_view code;
    std::string_view message;
};
error_words words_of(const json_value &error);
/// A code that names trouble of the service rather than of the request.
bool is_passing(std::string_view code);

} // namespace smelt::provider
