#pragma once

#include "smelt/base/json.hpp"
#include "smelt/json/tree.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smelt::json_schema {

using json_text::node;

struct schema_node;

/// One place where a value breaks the schema.
struct violation {
    std::string pointer;  ///< of the value; empty for the root
    std::string expected; ///< "expected an integer, found \"abc\""
    std::string keyword;  ///< that the value breaks; empty when the schema allows nothing, or it could not be decided
    std::string schema;   ///< pointer of the schema that holds the keyword, behind every $ref
};

/// JSON Schema, draft 7, complete but for what is refused when it is built: references that leave the document, formats
/// that are not in the set of structured outputs, keywords of other drafts. It never gives a wrong verdict; what it
/// cannot decide (a pattern that would run for ever, endless recursion over a deep value) counts as a violation that
/// says so.
///
/// An evaluator of our own, not valijson: that one rounds numbers to doubles (19.99 is no multiple of 0.01, 2^53 + 1
/// equals 2^53), counts bytes where patterns mean characters, ignores formats, and its expressions can overflow the
/// stack.
class evaluator {
  public:
    /// Throws usage_error naming the JSON pointer of the keyword. With null_is_absent, an explicit null counts as
    /// absent where a property is optional and its schema does not allow null (strict outputs cannot leave a property
    /// out).
    evaluator(const json &schema, bool null_is_absent);
    ~evaluator();

    [[nodiscard]] bool accepts(const node &value) const;
    /// At most `most` violations; empty when the value is valid.
    [[nodiscard]] std::vector<violation> violations(const node &value, std::size_t most) const;

  private:
    std::vector<std::unique_ptr<schema_node>> nodes_;
    const schema_node *root_ = nullptr;
    bool null_is_absent_;
};

} // namespace smelt::json_schema
