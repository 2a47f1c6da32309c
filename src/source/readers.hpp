#pragma once

#include "smelt/source/reader.hpp"

/// One function per kind of source file; open_reader chooses.
namespace smelt::source {

std::unique_ptr<reader> open_csv(const config::source_spec &spec, const input_file &file,
                                 const std::set<std::string> &content_fields, known_rows *known);
std::unique_ptr<reader> open_jsonl(const config::source_spec &spec, const input_file &file,
                                   const std::set<std::string> &content_fields, known_rows *known);
std::unique_ptr<reader> open_json(const config::source_spec &spec, const input_file &file,
                                  const std::set<std::string> &content_fields, known_rows *known);
std::unique_ptr<reader> open_text(const config::source_spec &spec, const input_file &file,
                                  const std::set<std::string> &content_fields);

} // namespace smelt::source
