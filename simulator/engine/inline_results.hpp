#pragma once

#include "smelt/base/json.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace smelt::sim {

/// Result files as a part of an answer: their lines go into its text as they are, also the ones that a fault corrupted.
class inline_results {
  public:
    explicit inline_results(std::vector<std::filesystem::path> files);

    /// Stands for the array in a JSON value.
    [[nodiscard]] const std::string &placeholder() const { return placeholder_; }
    /// The value's text with the array in place.
    [[nodiscard]] std::string text_of(const json &answer) const;

  private:
    std::vector<std::filesystem::path> files_;
    std::string placeholder_;
};

} // namespace smelt::sim
