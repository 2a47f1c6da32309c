#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace smelt::json_schema {

/// A regular expression of JSON Schema (ECMA 262), matched on code points, anywhere in the subject.
///
/// std::regex recurses once per character and overflows the stack on long subjects, and matches bytes; Boost.Regex
/// keeps its states on the heap within a limit and stops expressions that would run for ever.
class pattern {
  public:
    /// Throws std::invalid_argument with the reason when the expression is wrong or uses what cannot be matched
    /// exactly.
    explicit pattern(std::string_view expression);
    ~pattern();
    pattern(const pattern &) = delete;
    pattern &operator=(const pattern &) = delete;
    pattern(pattern &&other) noexcept;
    pattern &operator=(pattern &&other) noexcept;

    enum class answer { matches, differs, too_hard };
    /// too_hard: the limits of memory or steps were reached.
    [[nodiscard]] answer match(std::string_view subject) const;
    /// What the first group has matched, else the whole match; empty when nothing does, the group
    /// takes no part in the match, or the limits were reached.
    [[nodiscard]] std::optional<std::string> capture(std::string_view subject) const;
    [[nodiscard]] const std::string &expression() const { return expression_; }

  private:
    struct compiled;
    std::string expression_;
    std::unique_ptr<compiled> compiled_;
};

/// The expression with everything in which the two dialects differ written out ($ -> \z, \d -> [0-9], ...), in code
/// points. Throws std::invalid_argument for what has no equal: back references, \p{...}, inline flags.
std::wstring translate_pattern(std::string_view expression);

/// UTF-8 to code points. The text must be valid.
std::wstring code_points(std::string_view text);
std::size_t count_code_points(std::string_view text);

} // namespace smelt::json_schema
