#pragma once

#include "smelt/base/json.hpp"
#include "smelt/json_schema/evaluator.hpp"

#include <string>
#include <vector>

namespace smelt::config {

/// What is wrong with a pipeline file, in words for people who write YAML.
struct explanation {
    std::string pointer; ///< of the value
    std::string message;
    std::string hint; ///< may be empty
};

/// The violation that helps most: the first, or an unknown key beside it, since a missing key is often a misspelled
/// one. `violations` must not be empty.
const json_schema::violation &most_helpful(const std::vector<json_schema::violation> &violations);

/// Words for one violation. `schema` is the document and `value` the whole value that were checked.
explanation explain(const json &schema, const json &value, const json_schema::violation &found);

} // namespace smelt::config
