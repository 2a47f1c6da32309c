#pragma once

#include "provider/members.hpp"

#include "smelt/provider/batch_api.hpp"

namespace smelt::provider {

/// Says what went wrong; the provider's words are made storable (UTF-8, no NUL) and clipped.
void fail(result_line &out, cause_kind cause, outcome_kind outcome, std::string_view message);

/// What was read of an answer, before it is decided what it means.
struct answer_parts {
    std::string text;
    std::string refusal;
    std::string finish;    ///< a finish_reason in OpenAI's words
    std::string elsewhere; ///< the member that holds text when the answer has none
};
/// Decides what text, refusal and finish reason together mean.
void conclude(answer_parts parts, result_line &out);
/// An error of the service that stands where the answer should: retried when its code says that it may pass.
void fail_by_error(const node &error, result_line &out);

/// The answer of a chat completion body, or why there is none.
void read_chat(const node &body, result_line &out);
/// The same for a body of /v1/responses.
void read_response_object(const node &body, result_line &out);
/// Tokens and model, whatever became of the answer: a rejected answer is billed, too.
void read_usage(const node &body, result_line &out);

/// Joins the text and the refusals of a list of parts; those in which the model thinks aloud are left out and named in
/// `elsewhere`.
void append_parts(const node &parts, answer_parts &into);

/// After an answer was read: tokens that the service did not tell, or told as none at all for some text, are unknown.
void expect_usage(bool told, result_line &out);
/// The model's name, when it can be stored.
void read_model(const node &body, std::string_view name, result_line &out);

} // namespace smelt::provider
