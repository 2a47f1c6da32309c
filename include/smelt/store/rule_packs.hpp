#pragma once

#include "smelt/config/rule_pack.hpp"
#include "smelt/db/connection.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Families of a rule pack in texts, found by PostgreSQL: read only, as role smelt_rules when it exists, in
/// transactions of their own of 5 s at most.
namespace smelt::store {

/// One match of a family.
struct family_place {
    std::int64_t at = 0; ///< of its first character, from 1
    std::string words;   ///< its first 200 characters
};

/// A family that was found in a text.
struct found_family {
    std::size_t text = 0;   ///< a place among those that were searched
    std::size_t family = 0; ///< a place in rule_pack::families
    std::int64_t count = 0;
    std::vector<family_place> places; ///< the first 20
};

/// A family that cannot be looked for in a text: it takes too long, for example.
class search_error : public std::runtime_error {
  public:
    search_error(std::size_t text, std::size_t family, const std::string &message)
        : std::runtime_error{message}, text_{text}, family_{family} {}
    [[nodiscard]] std::size_t text() const { return text_; }
    [[nodiscard]] std::size_t family() const { return family_; }

  private:
    std::size_t text_, family_;
};

class family_scan;

/// Looks for the families of a pack, which outlives it.
class family_finder {
  public:
    explicit family_finder(const config::rule_pack &pack);
    ~family_finder();
    family_finder(const family_finder &) = delete;
    family_finder &operator=(const family_finder &) = delete;

    /// What is found of the families that look at the field. A look over each text says here which families may be
    /// found in it, PostgreSQL which are. Throws search_error.
    [[nodiscard]] std::vector<found_family> find(db::connection &c, std::string_view field,
                                                 const std::vector<std::string_view> &texts) const;

  private:
    const config::rule_pack &pack_;
    std::unique_ptr<family_scan> scan_;
};

/// Throws file_error for a pattern that PostgreSQL does not accept, or that matches where nothing stands.
void check_rule_pack(db::connection &c, const config::rule_pack &pack);

} // namespace smelt::store
