#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::config {

/// An address with {{NAME}} where values are to stand.
class url_template {
  public:
    explicit url_template(std::string_view text);

    /// What keeps it from being one; empty: nothing.
    [[nodiscard]] const std::string &problem() const { return problem_; }
    [[nodiscard]] std::vector<std::string> names() const;
    /// Whether a name stands before the path, where the host is named.
    [[nodiscard]] bool names_in_authority() const;
    /// The address with the values, percent-encoded. Nothing when one is absent.
    [[nodiscard]] std::optional<std::string> fill(
        const std::function<std::optional<std::string>(std::string_view name)> &value) const;

  private:
    struct part {
        std::string text; ///< or a name
        bool is_name = false;
    };
    std::vector<part> parts_;
    std::string problem_;
};

} // namespace smelt::config
