#pragma once

#include "smelt/base/json.hpp"

#include <string>
#include <string_view>

/// One port serves all dialects; the path says which: /v1 OpenAI, /openai/v1 Azure OpenAI, /together/v1 Together,
/// /plain/v1 a plain local server,
/// /mistral/v1 Mistral, /v1/messages Anthropic, /v1beta (also below /upload and /download) Gemini.
namespace smelt::sim {

enum class dialect { openai, azure, together, plain, mistral, anthropic, gemini };
std::string_view to_string(dialect d);
dialect dialect_of(std::string_view name); ///< of what to_string gave; anything else is openai

/// Dialects whose HTTP interfaces have nothing in common; files and batches of one are unknown to the others.
enum class wire { openai, mistral, anthropic, gemini };
wire wire_of(dialect d);

/// Whether failed requests have a file of their own beside the answers.
bool has_error_file(dialect d);
/// Whether a bad input file fails the batch as a whole.
bool can_fail(dialect d);
/// Whether an expired or cancelled batch keeps the answers that were finished, where no fault says otherwise.
bool keeps_partial(dialect d);

// What follows is about the dialects on OpenAI's wire.

struct located {
    dialect spoken = dialect::openai;
    std::string path; ///< as OpenAI has it
};
located locate(const std::string &path);

/// `purpose` of a batch's input.
std::string_view input_purpose(dialect d);
/// Whether request lines hold method and url.
bool has_full_lines(dialect d);
/// Whether there is a listing of batches.
bool has_listing(dialect d);
/// Whether listings of batches come in pages.
bool has_pages(dialect d);
/// Whether a finished batch has both files, be one of them empty.
bool has_empty_files(dialect d);

/// OpenAI's Batch object as this dialect shows it.
json batch_in_dialect(dialect d, json batch);
/// OpenAI's listing, and its answer to a create, as this dialect shows them.
json listing_in_dialect(dialect d, json listing);
json created_in_dialect(dialect d, json batch);

/// Statuses with a capital letter, dates as ISO 8601 text (docs/protocols.md, Azure).
void show_as_azure(json &batch);

} // namespace smelt::sim
