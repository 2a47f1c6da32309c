#include "pattern_classes.hpp"

#include "smelt/json_schema/pattern.hpp"

#include <array>
#include <optional>
#include <stdexcept>

namespace smelt::json_schema {
namespace {

bool is_ascii_letter_or_digit(wchar_t c) {
    return (c >= L'0' && c <= L'9') || (c >= L'a' && c <= L'z') || (c >= L'A' && c <= L'Z');
}

int hex_value(wchar_t c) {
    if (c >= L'0' && c <= L'9')
        return static_cast<int>(c - L'0');
    if (c >= L'a' && c <= L'f')
        return static_cast<int>(c - L'a') + 10;
    if (c >= L'A' && c <= L'F')
        return static_cast<int>(c - L'A') + 10;
    return -1;
}

class translator {
  public:
    explicit translator(std::wstring source) : in_{std::move(source)} {}

    std::wstring run() {
        while (more())
            piece();
        return std::move(out_);
    }

  private:
    [[nodiscard]] bool more() const { return at_ < in_.size(); }
    [[nodiscard]] wchar_t peek(std::size_t ahead = 0) const {
        return at_ + ahead < in_.size() ? in_[at_ + ahead] : L'\0';
    }

    [[noreturn]] static void refuse(const std::string &what) { throw std::invalid_argument{what}; }

    void literal(unsigned point) {
        static constexpr std::wstring_view hex = L"0123456789ABCDEF";
        if (ignores_case_ && point > 127)
            refuse("(?i) is checked for ASCII only, and there is another character");
        std::wstring text;
        do
            text.insert(text.begin(), hex[point & 15]);
        while ((point >>= 4) != 0);
        out_ += L"\\x{" + text + L"}";
    }

    void piece() {
        const wchar_t c = in_[at_++];
        switch (c) {
        case L'\\':
            return escape();
        case L'[':
            return set();
        case L'(':
            return group();
        case L'.':
            out_ += not_line_end;
            return;
        case L'^':
            out_ += L"\\A";
            return;
        case L'$':
            out_ += L"\\z";
            return;
        case L'*':
        case L'+':
        case L'?':
            out_ += c;
            return after_quantifier();
        case L'{':
            return braces();
        case L')':
        case L'|':
            out_ += c;
            return;
        default:
            is_ascii_letter_or_digit(c) ? void(out_ += c) : literal(static_cast<unsigned>(c));
        }
    }

    /// Only "?" (lazy) may follow; "+" would be possessive in the other dialect and is an error in this one.
    void after_quantifier() {
        if (peek() == L'?') {
            out_ += L'?';
            ++at_;
        }
        if (peek() == L'+' || peek() == L'*' || peek() == L'?')
            refuse("a quantifier follows a quantifier");
    }

    void braces() {
        std::size_t end = at_;
        while (end < in_.size() && in_[end] >= L'0' && in_[end] <= L'9')
            ++end;
        const bool least = end > at_;
        if (least && end < in_.size() && in_[end] == L',')
            ++end;
        while (least && end < in_.size() && in_[end] >= L'0' && in_[end] <= L'9')
            ++end;
        if (!least || end >= in_.size() || in_[end] != L'}')
            return literal(L'{');
        out_ += L'{' + in_.substr(at_, end - at_) + L'}';
        at_ = end + 1;
        after_quantifier();
    }

    void group() {
        out_ += L'(';
        if (peek() != L'?')
            return;
        if (at_ == 1 && in_.compare(at_, 3, L"?i)") == 0)
            return ignore_case();
        for (const std::wstring_view kind : {L"?:", L"?=", L"?!", L"?<=", L"?<!"})
            if (in_.compare(at_, kind.size(), kind) == 0) {
                out_ += kind;
                at_ += kind.size();
                return;
            }
        const auto close = in_.find(L'>', at_);
        if (peek(1) != L'<' || close == std::wstring::npos)
            refuse("a group begins with (? and something that JSON Schema does not know");
        at_ = close + 1; // a named group; nothing can refer to its name
    }

    /// Other languages' flag for the whole expression; ECMA 262 has none inside of it.
    void ignore_case() {
        out_ += L"?i)";
        at_ += 3;
        ignores_case_ = true;
    }

    /// \xHH, \uHHHH, \u{H...}, \cX, \0 and the letters for control characters.
    std::optional<unsigned> character_escape(wchar_t c) {
        static constexpr std::array<std::pair<wchar_t, unsigned>, 5> letters{
            {{L't', 9}, {L'n', 10}, {L'v', 11}, {L'f', 12}, {L'r', 13}}};
        for (const auto &[letter, point] : letters)
            if (c == letter)
                return point;
        if (c == L'x')
            return hex_digits(2);
        if (c == L'u')
            return unicode_escape();
        if (c == L'c' && ((peek() >= L'a' && peek() <= L'z') || (peek() >= L'A' && peek() <= L'Z')))
            return static_cast<unsigned>(in_[at_++]) & 31U;
        if (c == L'0' && !(peek() >= L'0' && peek() <= L'9'))
            return 0U;
        if (!is_ascii_letter_or_digit(c))
            return static_cast<unsigned>(c);
        return std::nullopt;
    }

    unsigned hex_digits(std::size_t count) {
        unsigned value = 0;
        for (; count > 0; --count) {
            const int digit = hex_value(peek());
            if (digit < 0)
                refuse("an escape lacks hex digits");
            value = value * 16 + static_cast<unsigned>(digit);
            ++at_;
        }
        return value;
    }

    unsigned unicode_escape() {
        if (peek() == L'{') {
            unsigned value = 0;
            for (++at_; peek() != L'}'; ++at_) {
                const int digit = hex_value(peek());
                value = digit < 0 ? 0x110000U : value * 16 + static_cast<unsigned>(digit);
                if (value > 0x10FFFF)
                    refuse("\\u{...} is not a code point");
            }
            ++at_;
            return value;
        }
        const unsigned high = hex_digits(4);
        if (high < 0xD800 || high > 0xDFFF)
            return high;
        if (high > 0xDBFF || peek() != L'\\' || peek(1) != L'u')
            refuse("a lone surrogate matches nothing");
        at_ += 2;
        const unsigned low = hex_digits(4);
        if (low < 0xDC00 || low > 0xDFFF)
            refuse("a lone surrogate matches nothing");
        return 0x10000U + ((high - 0xD800) << 10) + (low - 0xDC00);
    }

    [[noreturn]] static void refuse_escape(wchar_t c) {
        std::string name{'\\'};
        name += c < 128 ? static_cast<char>(c) : '?';
        if (c >= L'1' && c <= L'9')
            refuse("back references (" + name + ") cannot be checked");
        if (c == L'p' || c == L'P')
            refuse("Unicode properties (" + name +
                   "{...}) cannot be checked; write the ranges out, like [\\u00C0-\\u024F]");
        refuse(name + " is not an escape of JSON Schema's regular expressions (ECMA 262)");
    }

    void escape() {
        if (!more())
            refuse("it ends with a backslash");
        const wchar_t c = in_[at_++];
        if (const auto members = class_members(c); !members.empty()) {
            out_ += L"[" + std::wstring{members} + L"]";
            return;
        }
        if (c == L'b' || c == L'B') {
            out_ += word_boundary(c == L'b');
            return;
        }
        const auto point = character_escape(c);
        if (!point)
            refuse_escape(c);
        literal(*point);
    }

    void set() {
        out_ += L'[';
        if (peek() == L'^') {
            out_ += L'^';
            ++at_;
        }
        if (peek() == L']')
            refuse("an empty set [] cannot be checked");
        while (peek() != L']') {
            if (!more())
                refuse("a [ is not closed");
            const auto first = set_member();
            if (peek() != L'-' || peek(1) == L']' || at_ + 1 >= in_.size())
                continue;
            ++at_;
            out_ += L'-';
            const auto last = set_member();
            if (!first || !last)
                refuse("a range in [...] ends in a class like \\d");
            if (*last < *first)
                refuse("a range in [...] runs backwards");
        }
        ++at_;
        out_ += L']';
    }

    /// Nothing for a class like \d.
    std::optional<unsigned> set_member() {
        const wchar_t c = in_[at_++];
        if (c != L'\\') {
            literal(static_cast<unsigned>(c));
            return static_cast<unsigned>(c);
        }
        if (!more())
            refuse("it ends with a backslash");
        const wchar_t escaped = in_[at_++];
        if (const auto members = class_members(escaped); !members.empty()) {
            out_ += members;
            return std::nullopt;
        }
        const auto point = escaped == L'b' ? std::optional{8U} : character_escape(escaped);
        if (!point)
            refuse_escape(escaped);
        literal(*point);
        return point;
    }

    std::wstring in_;
    std::wstring out_;
    std::size_t at_ = 0;
    bool ignores_case_ = false;
};

} // namespace

std::wstring translate_pattern(std::string_view expression) {
    return translator{code_points(expression)}.run();
}

} // namespace smelt::json_schema
