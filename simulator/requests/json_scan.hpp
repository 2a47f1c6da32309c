#pragma once

#include <string>
#include <string_view>

namespace smelt::sim {

/// Walks over one JSON text and hands out slices of it, escapes untouched: request lines are read once, mostly skipped,
/// and their words go into the answers as they stand. Every skipped value is checked, so that a bad line is found.
/// After a false the scanner is of no further use.
class json_scan {
  public:
    explicit json_scan(std::string_view text) : p_{text.data()}, end_{text.data() + text.size()} {}

    void space();
    /// Takes c, white space before it included.
    bool take(char c);
    [[nodiscard]] char peek(); ///< next byte that is not white space; 0 at the end
    [[nodiscard]] const char *position() const { return p_; }
    [[nodiscard]] bool at_end();

    /// A string; out is what stands between the quotes.
    bool string(std::string_view &out);
    /// Any value; out is its text.
    bool value(std::string_view &out);

    /// Calls on_member(key) at each member's value, which it must consume; false from it stops with false.
    template <class F>
    bool object(F on_member);
    /// Calls on_element() at each element, which it must consume.
    template <class F>
    bool array(F on_element);

  private:
    bool skip(int depth);
    bool literal(std::string_view word);
    bool number();
    bool digits();

    const char *p_;
    const char *end_;
};

template <class F>
bool json_scan::object(F on_member) {
    if (!take('{'))
        return false;
    if (take('}'))
        return true;
    do {
        std::string_view key;
        space();
        if (!string(key) || !take(':'))
            return false;
        space();
        if (!on_member(key))
            return false;
    } while (take(','));
    return take('}');
}

template <class F>
bool json_scan::array(F on_element) {
    if (!take('['))
        return false;
    if (take(']'))
        return true;
    do {
        space();
        if (!on_element())
            return false;
    } while (take(','));
    return take(']');
}

/// The text that a raw string slice stands for; the slice itself when it cannot be decoded (lone surrogates).
std::string unescape(std::string_view raw);
/// Appends text as the inside of a JSON string.
void append_escaped(std::string_view text, std::string &out);

} // namespace smelt::sim
