#include "personal_data.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <algorithm>
#include <re2/re2.h>
#include <string>

namespace smelt::extraction {
namespace {

/// Addresses as people write them, also one behind the other; the last label has a letter, or all are numbers.
constexpr const char *email =
    R"((?:"[^"\n]+"|[\pL\pN._%+'-]+)(?:(?:[@＠]|%40)(?:[\pL\pN](?:[\pL\pN-]*[\pL\pN])?(?:\.[\pL\pN](?:[\pL\pN-]*[\pL\pN])?)*\.\pL[\pL\pN-]*|[0-9]{1,3}(?:\.[0-9]{1,3}){3}))+)";
/// International with + or 00, national with 0, and North American. Dashes and blanks as word processors make them,
/// too.
constexpr const char *phone =
    R"((?:[+＋]|\b00)[1-9](?:[0-9 ().\/-]|[\x{2010}-\x{2015}\x{A0}\x{202F}]){5,30}[0-9]|(?:\(0[0-9]{0,5}\)|\b0[0-9]{1,5})(?:[ \/.-]|[\x{2010}-\x{2015}\x{A0}\x{202F}]){0,3}[0-9](?:[0-9 \/.-]|[\x{2010}-\x{2015}\x{A0}\x{202F}]){3,20}[0-9]\b|\(?\b[2-9][0-9]{2}\)?[ .-][0-9]{3}[ .-][0-9]{4}\b)";
constexpr const char *iban = R"(\b[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}\b)";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// "01.02.2026 10", "2026-11-30", "0.25": what begins so is a date, and what is only that a number.
bool is_date_or_number(std::string_view text) {
    static const RE2 date{
        R"((?:\d{1,2}[\/.-]\d{1,2}[\/.-]\d{2,4}|\d{4}[\/.-]\d{1,2}[\/.-]\d{1,2})(?:[ T].*)?|\d+\.\d+)"};
    return RE2::FullMatch(re2::StringPiece{text.data(), text.size()}, date);
}

/// What is a part of a time, a longer number or a name is none.
bool stands_apart(std::string_view text, text_span at) {
    constexpr std::string_view before = ".,:-", behind = ":";
    const bool begins = at.begin == 0 || (before.find(text[at.begin - 1]) == std::string_view::npos &&
                                          !is_digit(text[at.begin - 1]) && !is_letter(text[at.begin - 1]));
    const bool ends =
        at.end == text.size() || (behind.find(text[at.end]) == std::string_view::npos && !is_letter(text[at.end]));
    return begins && ends;
}

std::size_t phone_length(std::string_view text, text_span at) {
    constexpr std::ptrdiff_t least = 7, least_abroad = 8, most = 15; // E.164
    const auto match = text.substr(at.begin, at.end - at.begin);
    const auto digits = std::ranges::count_if(match, is_digit);
    const bool is_abroad = !is_digit(match.front()) && match.front() != '(';
    const bool is_one = digits >= (is_abroad ? least_abroad : least) && digits <= most && !is_date_or_number(match) &&
                        stands_apart(text, at);
    return is_one ? match.size() : 0;
}

bool is_separator(char c) {
    return c == ' ' || c == '-';
}

std::string compact(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (!is_separator(c))
            out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return out;
}

/// ISO 13616: the number that the letters and digits make is 1 modulo 97.
bool has_iban_checksum(std::string number) {
    std::rotate(number.begin(), number.begin() + 4, number.end());
    int rest = 0;
    for (const char c : number)
        rest = is_digit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
    return rest == 1;
}

/// The match may have gone on into words behind the number. One whose checksum is wrong counts with all its groups that
/// have a digit: a slip of the pen does not make it anybody else's.
std::size_t iban_length(std::string_view text, text_span at) {
    constexpr std::size_t least = 15;
    constexpr std::ptrdiff_t least_digits = 8;
    const auto match = text.substr(at.begin, at.end - at.begin);
    std::size_t with_digits = 0;
    for (auto size = match.size(); size >= least; --size) {
        if (is_separator(match[size - 1]) || (size < match.size() && !is_separator(match[size])))
            continue;
        if (has_iban_checksum(compact(match.substr(0, size))))
            return size;
        const auto group = match.substr(0, size).find_last_of(" -") + 1;
        if (with_digits == 0 && std::ranges::any_of(match.substr(group, size - group), is_digit))
            with_digits = size;
    }
    const auto number = compact(match.substr(0, with_digits));
    return number.size() >= least && std::ranges::count_if(number, is_digit) >= least_digits ? with_digits : 0;
}

std::size_t whole_match(std::string_view, text_span at) {
    return at.end - at.begin;
}

class regex_pattern : public data_pattern {
  public:
    /// How much is meant of a match in a text; 0: nothing.
    using length_of = std::size_t (*)(std::string_view, text_span);

    regex_pattern(const std::string &regex, length_of length) : regex_{regex, RE2::Quiet}, length_{length} {
        if (!regex_.ok())
            throw usage_error{"redact: the pattern " + regex + " cannot be used: " + regex_.error(),
                              "it is written as for RE2: no look-around and no back references"};
        if (RE2::FullMatch("", regex_))
            throw usage_error{"redact: the pattern " + regex + " is found in every text: it matches the empty one",
                              "say at least one character of what is meant"};
    }

    [[nodiscard]] std::vector<text_span> find(std::string_view text) const override {
        std::vector<text_span> found;
        const re2::StringPiece whole{text.data(), text.size()};
        re2::StringPiece match;
        for (std::size_t at = 0;
             at < text.size() && regex_.Match(whole, at, text.size(), RE2::UNANCHORED, &match, 1);) {
            const auto begin = static_cast<std::size_t>(match.data() - text.data());
            const auto size = length_(text, {begin, begin + match.size()});
            if (size > 0)
                found.push_back({begin, begin + size});
            at = begin + std::max<std::size_t>(size > 0 ? size : match.size(), 1);
        }
        return found;
    }

  private:
    RE2 regex_;
    length_of length_;
};

} // namespace

std::unique_ptr<data_pattern> make_pattern(const redact_rule &spec) {
    if (spec.pattern == "email")
        return std::make_unique<regex_pattern>(email, whole_match);
    if (spec.pattern == "phone")
        return std::make_unique<regex_pattern>(phone, phone_length);
    if (spec.pattern == "iban")
        return std::make_unique<regex_pattern>(iban, iban_length);
    return std::make_unique<regex_pattern>(spec.regex, whole_match);
}

} // namespace smelt::extraction
