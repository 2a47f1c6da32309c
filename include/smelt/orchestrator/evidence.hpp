#pragma once

#include "smelt/config/rule_pack.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/store/rule_packs.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What a rule pack finds in records, and what follows from it (docs/rule-packs.md).
namespace smelt::orchestrator {

/// Where a family was found in a record.
struct family_hits {
    struct place {
        std::string field;
        std::int64_t at = 0; ///< of its first character in the field's text, from 1
        std::string words;
    };
    std::int64_t count = 0;
    std::vector<place> places; ///< the first ones of each field
};

/// By place in rule_pack::families.
using hits_by_family = std::map<std::size_t, family_hits>;

/// What a pack says of one record.
struct pack_verdict {
    json evidence;                         ///< as smelt.record has it
    std::vector<std::size_t> counting;     ///< families, in the pack's order
    std::optional<std::size_t> decided_by; ///< the first of these that decides

    /// The family by which the record is skipped.
    [[nodiscard]] std::optional<std::string> skip(const config::rule_pack &pack) const;
    /// The answer that it gets instead of a model's, as smelt.record.decision has it: JSON text.
    [[nodiscard]] std::optional<std::string> decision(const config::rule_pack &pack) const;
};

/// Which families count where these were found, and what follows.
pack_verdict weigh(const config::rule_pack &pack, const hits_by_family &found);

/// Looks into records, each given as its fields (JSON text), and weighs what is found. Throws store::search_error,
/// whose text() is the record's place.
std::vector<pack_verdict> find_evidence(db::connection &rules, const config::rule_pack &pack,
                                        const store::family_finder &finder, const std::vector<std::string> &records);

} // namespace smelt::orchestrator
