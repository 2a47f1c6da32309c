#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace smelt::config {

/// A ${...} that cannot be resolved; the callers add file and line.
class reference_error : public std::runtime_error {
  public:
    reference_error(const std::string &message, std::string hint)
        : std::runtime_error{message}, hint_{std::move(hint)} {}
    [[nodiscard]] const std::string &hint() const { return hint_; }

  private:
    std::string hint_;
};

using variables = std::map<std::string, std::string>;

/// The environment, then the pipeline's own .env, which never enters the environment.
std::optional<std::string> variable(const std::string &name, const variables &dotenv);

/// Replaces every reference. Throws reference_error.
std::string resolve(std::string_view text, const variables &dotenv);

bool has_reference(std::string_view text);

/// True when the text is one reference and nothing else.
bool is_single_reference(std::string_view text);

} // namespace smelt::config
