#pragma once

#include "simulator/mix.hpp"

#include "smelt/base/json.hpp"

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::sim {

/// An output schema made ready to be answered thousands of times a second: a tree (or graph, for $ref) of small nodes
/// with everything that does not depend on the request rendered once.
class answer_schema {
  public:
    /// Throws std::runtime_error with the JSON pointer of what it cannot use.
    explicit answer_schema(const json &schema);

    /// Appends an answer that obeys the schema: JSON text. Words come from user, which is the inside of a JSON string.
    void answer(std::string_view user, std::uint64_t seed, std::string &out) const;

    /// Appends JSON that breaks the schema: a member of a wrong type, or an array in place of the object.
    void wrong_answer(std::string_view user, std::uint64_t seed, std::string &out) const;

  private:
    friend class schema_compiler;
    friend class answer_writer;

    enum class kind { anything, null, boolean, integer, number, string, choice, array, object, any_of };
    struct member {
        std::string prefix; ///< "key": as it stands in the answer
        std::size_t node = 0;
        bool required = true;
    };
    struct node {
        kind what = kind::anything;
        std::string name;                 ///< of the property it stands under, lower case: a hint for what to say
        std::vector<std::string> values;  ///< choice: JSON texts
        std::vector<member> members;      ///< object
        std::vector<std::size_t> options; ///< any_of: first the ones that say something, null last
        std::size_t items = 0;            ///< array
        bool has_items = false;
        std::uint64_t min_items = 0, max_items = std::numeric_limits<std::uint64_t>::max();
        bool unique = false;
        double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
        bool low_open = false, high_open = false; ///< exclusive bounds
        double step = 0;                          ///< multipleOf; 0: none
        std::string format, pattern;
        std::uint64_t min_length = 0, max_length = std::numeric_limits<std::uint64_t>::max();
    };
    std::vector<node> nodes_; ///< the root is the first
};

} // namespace smelt::sim
