#include "loose_pattern.hpp"

#include <algorithm>
#include <cctype>

namespace smelt::store {
namespace {

constexpr std::string_view any_other = R"(\x{80}-\x{10FFFF})";

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// What a class stands for within brackets, of ASCII.
std::string_view inside_of(char name) {
    switch (name) {
    case 'd':
        return "0-9";
    case 's':
        return R"(\t\n\v\f\r )";
    case 'w':
        return "0-9A-Za-z_";
    default:
        return {};
    }
}

/// Goes through a pattern once. What it does not know makes it give up.
class rewriter {
  public:
    rewriter(std::string_view pattern, bool ignore_case) : in_{pattern}, ignore_case_{ignore_case} {}

    std::optional<std::string> run() {
        auto out = alternatives(0);
        if (is_lost_ || at_ != in_.size())
            return std::nullopt;
        return (ignore_case_ ? "(?is)" : "(?s)") + out;
    }

  private:
    [[nodiscard]] bool ends() const { return at_ >= in_.size(); }
    [[nodiscard]] bool is_next(char c) const { return !ends() && in_[at_] == c; }
    bool take(std::string_view text) {
        if (ends() || !in_.substr(at_).starts_with(text))
            return false;
        at_ += text.size();
        return true;
    }
    std::string give_up() {
        is_lost_ = true;
        return {};
    }

    std::string alternatives(int depth) {
        constexpr int deepest = 50;
        if (depth > deepest)
            return give_up();
        std::string out;
        while (!is_lost_ && !ends() && !is_next(')')) {
            if (take("|")) {
                out += '|';
                continue;
            }
            const auto one = atom(depth);
            out += one + quantifier(one.empty());
        }
        return out;
    }

    std::string atom(int depth) {
        if (take("("))
            return group(depth);
        if (take("["))
            return bracket();
        if (take("\\"))
            return escape();
        if (take("^") || take("$"))
            return {};
        if (take("."))
            return ".";
        const char c = in_[at_];
        if (c == '*' || c == '+' || c == '?' || (c == '{' && at_ + 1 < in_.size() && std::isdigit(in_[at_ + 1]) != 0))
            return give_up();
        return letter();
    }

    /// Behind its parenthesis. What only looks ahead or behind goes.
    std::string group(int depth) {
        bool looks = false;
        if (take("?") && !take(":")) {
            take("<");
            looks = take("=") || take("!");
            is_lost_ = is_lost_ || !looks;
        }
        const auto inside = alternatives(depth + 1);
        is_lost_ = is_lost_ || !take(")");
        return looks ? std::string{} : "(?:" + inside + ")";
    }

    /// One character as it stands. The other case of one beyond ASCII is PostgreSQL's business, and that of i may be.
    std::string letter() {
        const char c = in_[at_++];
        if (static_cast<unsigned char>(c) >= 0x80) {
            while (!ends() && (static_cast<unsigned char>(in_[at_]) & 0xC0) == 0x80)
                ++at_;
            return ".";
        }
        if (ignore_case_ && (c == 'i' || c == 'I'))
            return "[iI\u0130\u0131]";
        return is_word(c) || c == '_' || c == ' ' ? std::string{c} : std::string{'\\', c};
    }

    std::string escape() {
        if (ends())
            return give_up();
        const char c = in_[at_];
        if (!is_word(c))
            return letter();
        ++at_;
        switch (c) {
        case 'm':
        case 'M':
        case 'y':
        case 'Y':
        case 'A':
        case 'Z':
            return {};
        case 'n':
        case 't':
        case 'r':
        case 'f':
        case 'v':
        case 'a':
            return std::string{'\\', c};
        case 'd':
        case 's':
        case 'w':
            return "[" + std::string{inside_of(c)} + std::string{any_other} + "]";
        case 'D':
        case 'S':
        case 'W':
            return "[^" + std::string{inside_of(static_cast<char>(std::tolower(c)))} + "]";
        default:
            return give_up();
        }
    }

    /// Behind its [. Characters beyond ASCII are all in it.
    std::string bracket() {
        const bool is_negated = take("^");
        std::string inside;
        if (take("]"))
            inside = "\\]";
        while (!is_lost_ && !ends() && !is_next(']'))
            inside += member();
        if (!take("]"))
            return give_up();
        if (!is_negated)
            return "[" + inside + std::string{any_other} + "]";
        return inside.empty() ? "." : "[^" + inside + "]";
    }

    std::string member() {
        if (take("[:")) {
            const auto end = in_.find(":]", at_);
            if (end == std::string_view::npos)
                return give_up();
            const auto name = in_.substr(at_, end - at_);
            at_ = end + 2;
            return "[:" + std::string{name} + ":]";
        }
        if (take("[.") || take("[="))
            return give_up();
        if (take("\\")) {
            const auto of_class = ends() ? std::string_view{} : inside_of(in_[at_]);
            if (!of_class.empty())
                return ++at_, std::string{of_class};
            if (ends() || (is_word(in_[at_]) && std::string_view{"ntrfva"}.find(in_[at_]) == std::string_view::npos))
                return give_up();
            return std::string{'\\', in_[at_++]};
        }
        const char c = in_[at_++];
        if (static_cast<unsigned char>(c) >= 0x80) // a range that begins or ends there is not a range of ASCII
            return is_next('-') || inside_range() ? give_up() : std::string{};
        return c == '[' || c == '\\' ? std::string{'\\', c} : std::string{c};
    }

    /// Whether a - stands before the character that was just taken.
    [[nodiscard]] bool inside_range() const {
        auto begin = at_ - 1;
        while (begin > 0 && (static_cast<unsigned char>(in_[begin]) & 0xC0) == 0x80)
            --begin;
        return begin > 0 && in_[begin - 1] == '-';
    }

    /// nothing: what stands before it is gone, so it goes, too.
    std::string quantifier(bool nothing) {
        const auto begin = at_;
        if (!take("*") && !take("+") && !take("?") && is_next('{') && at_ + 1 < in_.size() &&
            std::isdigit(static_cast<unsigned char>(in_[at_ + 1])) != 0)
            at_ = std::min(in_.find('}', at_), in_.size() - 1) + 1;
        if (at_ > begin)
            take("?"); // not greedy
        return nothing ? std::string{} : std::string{in_.substr(begin, at_ - begin)};
    }

    std::string_view in_;
    bool ignore_case_;
    std::size_t at_ = 0;
    bool is_lost_ = false;
};

} // namespace

std::optional<std::string> loose_pattern(std::string_view pattern, bool ignore_case) {
    return rewriter{pattern, ignore_case}.run();
}

} // namespace smelt::store
