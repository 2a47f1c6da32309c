#pragma once

#include "smelt/extraction/compiled_task.hpp"
#include "smelt/json/path.hpp"
#include "smelt/json/tree.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smelt::extraction {

using json_text::node;

/// A path into the output: "$.a.b", "$.items[0].sure". Nothing more of JSONPath.
class value_path {
  public:
    /// Throws usage_error that names `setting`.
    value_path(std::string_view text, const std::string &setting);
    /// The value, or nullptr.
    [[nodiscard]] const node *find(const node &root) const;
    [[nodiscard]] const std::string &text() const { return text_; }

  private:
    std::string text_;
    std::vector<json_text::path_step> steps_;
};

/// Reads judgement.confidence; what is missing, no number or outside 0..1 adds a soft finding.
void read_confidence(const value_path &path, const node &output, judgement &result);

} // namespace smelt::extraction
