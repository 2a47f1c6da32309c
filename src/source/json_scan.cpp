#include "json_scan.hpp"

#include "smelt/json/text_scan.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace smelt::source {
namespace {

constexpr int deepest = 500; // PostgreSQL's parser gives up at a few thousand, depending on its stack

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

class scanner {
  public:
    explicit scanner(std::string_view text) : text_{text} {}

    std::vector<json_member> object() {
        std::vector<json_member> members;
        blanks();
        if (peek() != '{')
            fail("not a JSON object");
        each_member([&] {
            json_member member;
            const auto begin = at_;
            string();
            member.name = decode_string(text_.substr(begin, at_ - begin));
            colon();
            const auto value_begin = at_;
            member.kind = value(1);
            member.raw = text_.substr(value_begin, at_ - value_begin);
            members.push_back(std::move(member));
        });
        blanks();
        if (at_ != text_.size())
            fail("text after the object");
        return members;
    }

  private:
    [[noreturn]] void fail(const std::string &message) const { throw scan_error{message, at_}; }

    /// NUL at the end; the text itself holds none.
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void blanks() {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }

    void colon() {
        blanks();
        if (peek() != ':')
            fail("expected ':'");
        ++at_;
        blanks();
    }

    /// Members separated by commas up to }; `member` reads one, from its name's quote on.
    template <class Member>
    void each_member(Member member) {
        ++at_;
        blanks();
        if (peek() == '}') {
            ++at_;
            return;
        }
        for (;;) {
            if (peek() != '"')
                fail("expected a name in double quotes");
            member();
            blanks();
            if (peek() == '}')
                break;
            if (peek() != ',')
                fail("expected ',' or '}'");
            ++at_;
            blanks();
        }
        ++at_;
    }

    void array(int depth) {
        ++at_;
        blanks();
        for (bool first = true; peek() != ']' || !first; first = false) {
            value(depth);
            blanks();
            if (peek() == ']')
                break;
            if (peek() != ',')
                fail("expected ',' or ']'");
            ++at_;
            blanks();
        }
        ++at_;
    }

    json_kind value(int depth) {
        if (depth > deepest)
            fail("nested deeper than 500 levels");
        switch (peek()) {
        case '"':
            string();
            return json_kind::text;
        case '{':
            each_member([&] {
                string();
                colon();
                value(depth + 1);
            });
            return json_kind::other;
        case '[':
            array(depth + 1);
            return json_kind::other;
        case 't':
            return word("true", json_kind::other);
        case 'f':
            return word("false", json_kind::other);
        case 'n':
            return word("null", json_kind::null);
        default:
            number();
            return json_kind::number;
        }
    }

    json_kind word(std::string_view expected, json_kind kind) {
        if (text_.substr(at_, expected.size()) != expected)
            fail("expected a value");
        at_ += expected.size();
        return kind;
    }

    std::size_t digits() {
        const auto begin = at_;
        while (is_digit(peek()))
            ++at_;
        if (at_ == begin)
            fail(begin == text_.size() ? "the line ends too early" : "expected a value");
        return at_ - begin;
    }

    /// numeric holds 131,072 digits before and 16,383 behind the point; these bounds keep well inside in any
    /// combination.
    void number() {
        constexpr std::size_t most_digits = 6000;
        constexpr int largest_exponent = 10'000;
        if (peek() == '-')
            ++at_;
        const auto begin = at_;
        if (digits() > 1 && text_[begin] == '0')
            fail("a number with a leading zero");
        if (peek() == '.') {
            ++at_;
            digits();
        }
        if (at_ - begin > most_digits)
            fail("a number with more than 6,000 digits");
        if (peek() != 'e' && peek() != 'E')
            return;
        ++at_;
        if (peek() == '+' || peek() == '-')
            ++at_;
        const auto *from = text_.data() + at_;
        const auto size = digits();
        int exponent = 0;
        if (std::from_chars(from, from + size, exponent).ec != std::errc{} || exponent > largest_exponent)
            fail("a number beyond PostgreSQL's range");
    }

    void string() {
        ++at_;
        for (;;) {
            at_ = json_text::find_special(text_, at_);
            if (at_ == text_.size())
                fail("a string is not closed");
            if (text_[at_] == '"')
                break;
            if (text_[at_] != '\\')
                fail("a control character in a string");
            escape();
        }
        ++at_;
    }

    void escape() {
        constexpr std::string_view simple = "\"\\/bfnrt";
        ++at_;
        const char c = peek();
        if (c != 'u') {
            if (c == '\0' || simple.find(c) == std::string_view::npos)
                fail("an unknown escape in a string");
            ++at_;
            return;
        }
        const auto unit = hex4();
        if (unit == 0)
            fail("\\u0000 in a string, which PostgreSQL cannot store");
        if (unit >= 0xDC00 && unit <= 0xDFFF)
            fail("half of a surrogate pair in a string");
        if (unit < 0xD800 || unit > 0xDBFF)
            return;
        if (text_.substr(at_, 2) != "\\u")
            fail("half of a surrogate pair in a string");
        ++at_;
        const auto low = hex4();
        if (low < 0xDC00 || low > 0xDFFF)
            fail("half of a surrogate pair in a string");
    }

    unsigned hex4() {
        ++at_;
        unsigned unit = 0;
        const auto part = text_.substr(std::min(at_, text_.size()), 4);
        const auto [end, ec] = std::from_chars(part.data(), part.data() + part.size(), unit, 16);
        if (ec != std::errc{} || end != part.data() + 4 || part.front() == '-')
            fail("\\u needs four hex digits");
        at_ += 4;
        return unit;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

void refuse_same_names(const std::vector<json_member> &members) {
    std::vector<std::string_view> names;
    for (const auto &member : members)
        names.push_back(member.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end())
        throw scan_error{"the name \"" + std::string{*twice} + "\" stands twice in the object", 0};
}

} // namespace

std::vector<json_member> scan_object(std::string_view text) {
    auto members = scanner{text}.object();
    refuse_same_names(members);
    return members;
}

} // namespace smelt::source
