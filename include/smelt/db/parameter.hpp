#pragma once

#include "smelt/domain/ids.hpp"

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace smelt::db {

/// One value on its way to the server as text: a statement's parameter or a field of a COPY row. Texts stay where the
/// caller has them, so it lives no longer than the call. Conversions are implicit on purpose: exec(sql, 1, "a",
/// std::nullopt).
class parameter {
  public:
    // NOLINTBEGIN(google-explicit-constructor)
    parameter(std::nullopt_t) : kind_{kind::null} {}
    parameter(std::nullptr_t) : kind_{kind::null} {}
    parameter(const std::string &text) : kind_{kind::terminated}, text_{text} {}
    parameter(const char *text)
        : kind_{text != nullptr ? kind::terminated : kind::null}, text_{text != nullptr ? text : ""} {}
    parameter(std::string_view text) : kind_{kind::view}, text_{text} {}
    parameter(bool value) : kind_{kind::terminated}, text_{value ? "true" : "false"} {}

    template <class Number>
    requires(std::integral<Number> || std::same_as<Number, double> || std::same_as<Number, float>)
        parameter(Number value)
        : kind_{kind::digits} {
        *std::to_chars(digits_, digits_ + sizeof digits_ - 1, value).ptr = '\0';
    }
    template <class Enum>
    requires std::is_enum_v<Enum> parameter(Enum value) : parameter{static_cast<std::underlying_type_t<Enum>>(value)} {}
    template <class Tag, class Rep>
    parameter(const id<Tag, Rep> &value) : parameter{value.value} {}
    template <class Value>
    parameter(const std::optional<Value> &value) : parameter{value ? parameter{*value} : parameter{std::nullopt}} {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool is_null() const { return kind_ == kind::null; }
    [[nodiscard]] bool is_number() const { return kind_ == kind::digits; }
    /// Whether a NUL byte follows the text in memory, as libpq wants it.
    [[nodiscard]] bool is_terminated() const { return kind_ != kind::view; }
    [[nodiscard]] std::string_view text() const { return is_number() ? std::string_view{digits_} : text_; }

  private:
    enum class kind : std::uint8_t { null, terminated, view, digits };
    kind kind_;
    std::string_view text_;
    char digits_[32] = {};
};

} // namespace smelt::db
