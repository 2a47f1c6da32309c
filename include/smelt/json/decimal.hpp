#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace smelt::json_text {

/// A JSON number as exact decimal: digits * 10^exponent. Doubles would call 19.99 no multiple of 0.01 and
/// 9007199254740993 equal to 9007199254740992.
class decimal {
  public:
    decimal() = default;
    /// text must be a JSON number. Exponents are clamped to +-10^9, far beyond anything that is stored.
    explicit decimal(std::string_view text);

    [[nodiscard]] bool zero() const { return digits_.empty(); }
    [[nodiscard]] bool integral() const { return exponent_ >= 0; }
    /// divisor must not be zero and have at most 20 digits (64 bits).
    [[nodiscard]] bool multiple_of(const decimal &divisor) const;
    /// Digits before the point, and digits after it.
    [[nodiscard]] std::int64_t digits_before_point() const;
    [[nodiscard]] std::int64_t digits_after_point() const;
    /// The same text for equal numbers.
    [[nodiscard]] std::string canonical() const;

    friend std::strong_ordering operator<=>(const decimal &a, const decimal &b);
    friend bool operator==(const decimal &a, const decimal &b) = default;

  private:
    bool negative_ = false;
    std::string digits_; ///< neither leading nor trailing zeros; empty for zero
    std::int64_t exponent_ = 0;
};

/// Comparison of two JSON numbers as written; short integers are compared without decimals.
std::strong_ordering compare_numbers(std::string_view a, std::string_view b);

} // namespace smelt::json_text
