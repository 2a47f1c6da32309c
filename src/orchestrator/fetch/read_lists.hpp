#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/store/fetches.hpp"
#include "smelt/store/forgetting.hpp"

#include <functional>
#include <string>
#include <vector>

namespace smelt::orchestrator {

/// "list ID, ", for sentences; nothing where there is one list without a name.
std::string in_list(const std::string &list);

/// A record where a list has it.
struct listed_record {
    std::string json; ///< the list's entry
    std::string key;
    std::vector<std::string> origins; ///< all lists that have it
    std::string place;                ///< the page, for errors
    std::int64_t number = 0;          ///< on the page, from 1
};

/// Entries that have the key of an earlier one and say something else.
struct differing_entries {
    std::int64_t count = 0;
    std::string key; ///< of one of them
};

/// A page's body without the entries of forgotten records.
std::string without_forgotten(const std::string &body, const config::pipeline &p,
                              const store::forgotten_keys &forgotten);

/// Calls each for every record of the lists, in their order; one that stands several times where it stands first.
/// Throws file_error for an entry without a key.
differing_entries for_each_listed(store::fetches &table, const config::pipeline &p,
                                  const std::function<void(const listed_record &)> &each);

/// What is to be fetched about the records of the lists.
struct wanted {
    std::vector<std::string> keys, urls, entries;
    std::vector<std::string> all_keys; ///< of records without an address, too
};
wanted wanted_details(store::fetches &table, const config::pipeline &p);

} // namespace smelt::orchestrator
