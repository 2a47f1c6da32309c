#pragma once

#include "smelt/base/json.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::config {

/// An answer that a family gives instead of a model.
struct fixed_outcome {
    std::string task;
    json output;
};

/// What belongs together in a rule pack: patterns that are looked for, and what follows where the family counts. It
/// counts in a record where one of `patterns` is found (or there are none) and all of `all` count, unless one of
/// `unless` counts.
struct rule_family {
    std::string name;
    std::string category; ///< the user's label; may be empty
    std::string description;
    double weight = 1;
    std::vector<std::string> fields; ///< dotted names; none where there are no patterns
    bool ignore_case = true;
    std::vector<std::string> patterns; ///< advanced regular expressions of PostgreSQL
    std::vector<std::size_t> all;      ///< places in rule_pack::families
    std::vector<std::size_t> unless;   ///< the same
    bool skip = false;                 ///< the record gets no request
    std::optional<fixed_outcome> outcome;
    int line = 0; ///< where the file defines it

    /// Whether it says what becomes of a record; else it only marks it.
    [[nodiscard]] bool decides() const { return skip || outcome; }
    /// One expression that holds where one of the patterns does, and captures nothing.
    [[nodiscard]] std::string alternation() const;
};

struct rule_pack {
    std::string file;                  ///< as shown to people
    std::string hash;                  ///< of what it says, whatever its comments and layout are
    std::vector<rule_family> families; ///< as in the file: where several decide about a record, the first does
    std::vector<std::size_t> order;    ///< places in families, those that others name in all or unless first

    /// The fields that patterns are looked for in, each once.
    [[nodiscard]] std::vector<std::string> fields() const;
};

/// Reads and checks a pack: YAML, schemas/rule-pack.schema.json, names. Whether PostgreSQL accepts the patterns is not
/// looked at. Throws file_error with file, line and hint.
rule_pack load_rule_pack(const std::filesystem::path &file);

/// A record as an example of what a pack should find.
struct pack_example {
    std::string name;
    json fields;
    std::vector<std::string> counts;                      ///< the families that count, in any order
    std::optional<std::optional<std::string>> decided_by; ///< not given; null: nobody
    int line = 0;
};

/// A YAML list of examples. Throws file_error for what is no such file, and for names that the pack does not have.
std::vector<pack_example> load_pack_examples(const std::filesystem::path &file, const rule_pack &pack);

} // namespace smelt::config
