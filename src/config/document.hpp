#pragma once

#include "reference.hpp"

#include "smelt/base/json.hpp"

#include <map>
#include <string>
#include <string_view>

namespace smelt::config {

/// A YAML file as JSON that remembers its lines.
struct document {
    std::string file; ///< as shown to people
    json value;
    std::map<std::string, int> lines; ///< by JSON pointer; of a mapping's entry it is the key's line

    /// Line of the pointer, or of the nearest parent that has one.
    [[nodiscard]] int line(std::string pointer) const;
    [[noreturn]] void fail(const std::string &pointer, const std::string &message, const std::string &hint = {}) const;
};

/// Appends a step to a JSON pointer.
std::string join(std::string_view pointer, std::string_view step);

/// "tasks.extract.rules[0]" for "/tasks/extract/rules/0": how messages name a place.
std::string dotted(std::string_view pointer);

/// Reads YAML text. References are resolved in every scalar but those of texts that are stored as they stand (see
/// keeps_references). Throws file_error with the line for broken YAML, keys twice, unset variables, and nesting or
/// aliases beyond reason.
document parse_yaml(const std::string &text, const std::string &file, const variables &dotenv);
/// The same with every reference left as it stands.
document parse_yaml(const std::string &text, const std::string &file);

/// Everything of a task, of the prefilters, of dedupe and of what a source says in SQL: there a ${ is ordinary text.
bool keeps_references(std::string_view pointer);

} // namespace smelt::config
