#pragma once

#include "line_document.hpp"

#include "smelt/provider/batch_api.hpp"

namespace smelt::provider {

/// Reads an object; sets everything of the result line.
using line_reader = void (*)(const node &line, result_line &out);

/// What provider::decode does in every dialect: parses the line, and when it cannot be parsed saves what can be saved.
/// id_name is the member that holds the custom_id. Never throws.
result_line decode_line(std::string_view line, line_reader read, std::string_view id_name = "custom_id");

/// A line of OpenAI's result files; which of the two files it came from does not matter. One with neither a response
/// nor an error fails without a message.
void read_openai_line(const node &line, result_line &out);

void not_understood(result_line &out, std::string_view message);

} // namespace smelt::provider
