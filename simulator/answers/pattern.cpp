#include "simulator/requests/json_scan.hpp"
#include "words.hpp"

#include <vector>

namespace smelt::sim {
namespace {

/// Writes a match of a regular expression while reading it. Alternatives are tried by writing all and keeping one.
class pattern_writer {
  public:
    pattern_writer(std::string_view pattern, random_stream &random) : rest_{pattern}, random_{random} {}

    bool write(std::string &out) { return alternatives(out, 0) && rest_.empty(); }

  private:
    bool alternatives(std::string &out, int depth);
    bool sequence(std::string &out, int depth);
    bool atom(std::string &out, int depth);
    bool character_class(std::string &set);
    bool escape(std::string &set);
    bool counts(std::size_t &least, std::size_t &most);
    bool number(std::size_t &value);
    bool take(char c) {
        if (rest_.empty() || rest_.front() != c)
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    char next() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    std::string_view rest_;
    random_stream &random_;
};

void add_range(char from, char to, std::string &set) {
    for (int c = from; c <= to; ++c)
        set.push_back(static_cast<char>(c));
}

bool pattern_writer::alternatives(std::string &out, int depth) {
    std::vector<std::string> choices;
    do {
        choices.emplace_back();
        if (depth > 20 || !sequence(choices.back(), depth))
            return false;
    } while (take('|'));
    out += choices[random_.below(choices.size())];
    return true;
}

bool pattern_writer::sequence(std::string &out, int depth) {
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
        if (take('^') || take('$'))
            continue;
        const auto start = rest_;
        std::string once;
        if (!atom(once, depth))
            return false;
        const auto atom_text = start.substr(0, start.size() - rest_.size());
        std::size_t least = 1;
        std::size_t most = 1;
        if (!counts(least, most))
            return false;
        const auto after = rest_;
        const std::size_t times = least + random_.below(most - least + 1);
        for (std::size_t i = 0; i < times; ++i) {
            rest_ = atom_text;
            if (!atom(out, depth))
                return false;
        }
        rest_ = after;
    }
    return true;
}

bool pattern_writer::atom(std::string &out, int depth) {
    std::string set;
    if (take('(')) {
        if (take('?') && !take(':'))
            return false;
        return alternatives(out, depth + 1) && take(')');
    }
    if (take('[')) {
        if (!character_class(set))
            return false;
    } else if (take('\\')) {
        if (rest_.empty() || !escape(set))
            return false;
    } else if (take('.')) {
        add_range('a', 'z', set);
    } else {
        set.push_back(next());
    }
    out.push_back(set[random_.below(set.size())]);
    return true;
}

bool pattern_writer::escape(std::string &set) {
    const char c = next();
    if (c == 'd')
        add_range('0', '9', set);
    else if (c == 'w')
        add_range('a', 'z', set);
    else if (c == 's')
        set.push_back(' ');
    else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return false; // a class or reference that is not known here
    else
        set.push_back(c);
    return true;
}

bool pattern_writer::character_class(std::string &set) {
    const bool negated = take('^');
    std::string listed;
    while (!rest_.empty() && rest_.front() != ']') {
        const char c = next();
        if (c == '\\') {
            if (rest_.empty() || !escape(listed))
                return false;
        } else if (rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']') {
            next();
            add_range(c, next(), listed);
        } else {
            listed.push_back(c);
        }
    }
    if (!negated)
        set = listed;
    else
        for (const char c : std::string_view{"abcdefghijklmnopqrstuvwxyz0123456789-"})
            if (listed.find(c) == std::string::npos)
                set.push_back(c);
    return take(']') && !set.empty();
}

bool pattern_writer::number(std::size_t &value) {
    value = 0;
    bool any = false;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
        value = value * 10 + static_cast<std::size_t>(next() - '0');
        any = true;
        if (value > 1000)
            return false;
    }
    return any;
}

bool pattern_writer::counts(std::size_t &least, std::size_t &most) {
    if (take('*')) {
        least = 0;
        most = 3;
    } else if (take('+')) {
        most = 4;
    } else if (take('?')) {
        least = 0;
    } else if (take('{')) {
        if (!number(least))
            return false;
        most = least;
        if (take(',') && !number(most))
            most = least + 3;
        if (!take('}') || most < least)
            return false;
    }
    take('?'); // a lazy count is the same count
    return true;
}

} // namespace

bool append_match(std::string_view pattern, random_stream &random, std::string &out) {
    std::string text;
    pattern_writer writer{pattern, random};
    if (!writer.write(text))
        return false;
    append_escaped(text, out);
    return true;
}

} // namespace smelt::sim
