#include "personal_data.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <algorithm>
#include <re2/re2.h>
#include <string>

namespace smelt::extraction {
namespace {

/// Addresses as people write them; the last label has a letter.
constexpr const char *email =
    R"([\pL\pN._%+'-]+@[\pL\pN](?:[\pL\pN-]*[\pL\pN])?(?:\.[\pL\pN](?:[\pL\pN-]*[\pL\pN])?)*\.\pL[\pL\pN-]*)";
/// International with + or 00, national with 0, and North American.
constexpr const char *phone =
    R"((?:\+|\b00)[1-9][0-9 ().\/-]{5,20}[0-9]|(?:\(0[0-9]{0,5}\)|\b0[0-9]{1,5})[ \/.-]{0,3}[0-9][0-9 \/.-]{3,14}[0-9]\b|\(?\b[2-9][0-9]{2}\)?[ .-][0-9]{3}[ .-][0-9]{4}\b)";
constexpr const char *iban = R"(\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}\b)";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "01.02.2026" and "2026-11-30" are no numbers that one calls.
bool is_date(std::string_view text) {
    static const RE2 date{R"(\d{1,4}[\/.-]\d{1,2}[\/.-]\d{1,4})"};
    return RE2::FullMatch(re2::StringPiece{text.data(), text.size()}, date);
}

bool is_phone(std::string_view text) {
    constexpr std::ptrdiff_t least = 7, most = 15; // E.164
    const auto digits = std::ranges::count_if(text, is_digit);
    return digits >= least && digits <= most && !is_date(text);
}

/// ISO 13616: the number that the letters and digits make is 1 modulo 97.
bool has_iban_checksum(std::string_view text) {
    std::string compact;
    for (const char c : text)
        if (c != ' ')
            compact += c;
    std::rotate(compact.begin(), compact.begin() + 4, compact.end());
    int rest = 0;
    for (const char c : compact)
        rest = is_digit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
    return rest == 1;
}

/// The match may have gone on into capital words behind the number. One whose checksum is wrong counts up to its first
/// blank: a slip of the pen does not make it anybody else's.
std::size_t iban_length(std::string_view text) {
    constexpr std::size_t least = 15;
    for (auto size = text.size(); size >= least; --size)
        if (text[size - 1] != ' ' && (size == text.size() || text[size] == ' ') &&
            has_iban_checksum(text.substr(0, size)))
            return size;
    const auto word = std::min(text.find(' '), text.size());
    return word >= least ? word : 0;
}

class regex_pattern : public data_pattern {
  public:
    /// length: of what is meant of a match; 0: nothing.
    regex_pattern(const std::string &regex, std::size_t (*length)(std::string_view))
        : regex_{regex, RE2::Quiet}, length_{length} {
        if (!regex_.ok())
            throw usage_error{"redact: the pattern " + regex + " cannot be used: " + regex_.error(),
                              "it is written as for RE2: no look-around and no back references"};
    }

    [[nodiscard]] std::vector<text_span> find(std::string_view text) const override {
        std::vector<text_span> found;
        const re2::StringPiece whole{text.data(), text.size()};
        re2::StringPiece match;
        for (std::size_t at = 0;
             at < text.size() && regex_.Match(whole, at, text.size(), RE2::UNANCHORED, &match, 1);) {
            const auto begin = static_cast<std::size_t>(match.data() - text.data());
            const auto size = length_({match.data(), match.size()});
            if (size > 0)
                found.push_back({begin, begin + size});
            at = begin + std::max<std::size_t>(size > 0 ? size : match.size(), 1);
        }
        return found;
    }

  private:
    RE2 regex_;
    std::size_t (*length_)(std::string_view);
};

std::size_t whole(std::string_view match) {
    return match.size();
}
std::size_t if_phone(std::string_view match) {
    return is_phone(match) ? match.size() : 0;
}

} // namespace

std::unique_ptr<data_pattern> make_pattern(const redact_rule &spec) {
    if (spec.pattern == "email")
        return std::make_unique<regex_pattern>(email, whole);
    if (spec.pattern == "phone")
        return std::make_unique<regex_pattern>(phone, if_phone);
    if (spec.pattern == "iban")
        return std::make_unique<regex_pattern>(iban, iban_length);
    return std::make_unique<regex_pattern>(spec.regex, whole);
}

} // namespace smelt::extraction
