#pragma once

#include "smelt/config/rule_pack.hpp"
#include "smelt/db/connection.hpp"

#include <string>
#include <vector>

namespace smelt::actions {

/// An example of which a pack says something else than it should.
struct failed_example {
    std::string name;
    int line = 0;                        ///< of the file of examples
    std::vector<std::string> missing;    ///< families that should count and do not
    std::vector<std::string> unexpected; ///< families that count and should not
    std::string decided_by;              ///< empty: nobody
    std::string wanted;                  ///< by whom it should be decided; empty: by nobody
    bool is_decided_otherwise = false;
};

/// What the pack says of each example beside what it should say.
std::vector<failed_example> try_examples(db::connection &c, const config::rule_pack &pack,
                                         const std::vector<config::pack_example> &examples);

} // namespace smelt::actions
