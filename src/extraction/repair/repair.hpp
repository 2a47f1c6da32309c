#pragma once

#include "smelt/extraction/compiled_task.hpp"
#include "smelt/json/path.hpp"
#include "smelt/json/tree.hpp"

#include <optional>
#include <string>
#include <vector>

/// Declared corrections of an answer, before it is checked.
namespace smelt::extraction {

/// Where a repair acts.
class repair_path {
  public:
    /// Throws usage_error that names `setting`.
    repair_path(std::string_view text, const std::string &setting);

    struct match {
        const json_text::node *value;
        std::string pointer; ///< of the value, as JSON Pointer
    };
    [[nodiscard]] std::vector<match> find(const json_text::node &root) const;

  private:
    std::vector<json_text::path_step> steps_;
};

struct compiled_repair {
    repair_step step;
    repair_path path;
};

/// The whole answer with what the step corrects in it, each place as a soft finding of kind repair; nothing when there
/// is nothing to correct. All that it does not touch stays as it is written.
std::optional<std::string> repaired(const json_text::node &root, const compiled_repair &repair,
                                    std::vector<finding> &findings);

} // namespace smelt::extraction
