#include "format.hpp"

#include <optional>

namespace smelt::json_schema {
namespace {

/// Takes pieces off the front of a text; every take fails when the piece is not there.
class cursor {
  public:
    explicit cursor(std::string_view text) : rest_{text} {}

    [[nodiscard]] bool done() const { return rest_.empty(); }
    bool take(std::string_view any_of) {
        if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos)
            return false;
        taken_ = rest_.front();
        rest_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] char taken() const { return taken_; }
    /// Exactly so many digits, with a value in the range.
    std::optional<int> number(std::size_t digits, int least, int most) {
        if (rest_.size() < digits)
            return std::nullopt;
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (!is_digit(rest_[i]))
                return std::nullopt;
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(digits);
        return value >= least && value <= most ? std::optional{value} : std::nullopt;
    }
    /// One digit or more.
    bool digits() {
        const auto before = rest_.size();
        while (!rest_.empty() && is_digit(rest_.front()))
            rest_.remove_prefix(1);
        return rest_.size() < before;
    }

  private:
    std::string_view rest_;
    char taken_ = 0;
};

int days_of(int year, int month) {
    if (month == 2)
        return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool take_date(cursor &in) {
    const auto year = in.number(4, 0, 9999);
    if (!year || !in.take("-"))
        return false;
    const auto month = in.number(2, 1, 12);
    return month && in.take("-") && in.number(2, 1, days_of(*year, *month));
}

/// Minutes east of UTC.
std::optional<int> take_offset(cursor &in) {
    if (in.take("Zz"))
        return 0;
    if (!in.take("+-"))
        return std::nullopt;
    const int sign = in.taken() == '-' ? -1 : 1;
    const auto hours = in.number(2, 0, 23);
    if (!hours || !in.take(":"))
        return std::nullopt;
    const auto minutes = in.number(2, 0, 59);
    return minutes ? std::optional{sign * (*hours * 60 + *minutes)} : std::nullopt;
}

bool take_time(cursor &in) {
    const auto hour = in.number(2, 0, 23);
    if (!hour || !in.take(":"))
        return false;
    const auto minute = in.number(2, 0, 59);
    if (!minute || !in.take(":"))
        return false;
    const auto second = in.number(2, 0, 60);
    if (!second || (in.take(".") && !in.digits()))
        return false;
    const auto offset = take_offset(in);
    if (!offset)
        return false;
    // A leap second is the last of a day of UTC.
    constexpr int day = 24 * 60;
    return *second < 60 || (*hour * 60 + *minute - *offset + 2 * day) % day == day - 1;
}

/// Parts like 1H2M3S: each unit may be followed by the next one only, as the RFC's grammar has it.
bool take_parts(cursor &in, std::string_view units, bool &any) {
    std::size_t next = 0;
    while (in.digits()) {
        if (!in.take(any && next < units.size() && next > 0 ? units.substr(next, 1) : units))
            return false;
        next = units.find(in.taken()) + 1;
        any = true;
        if (next == units.size())
            break;
    }
    return true;
}

} // namespace

bool is_date(std::string_view text) {
    cursor in{text};
    return take_date(in) && in.done();
}

bool is_time(std::string_view text) {
    cursor in{text};
    return take_time(in) && in.done();
}

bool is_date_time(std::string_view text) {
    cursor in{text};
    return take_date(in) && in.take("Tt") && take_time(in) && in.done();
}

bool is_duration(std::string_view text) {
    cursor weeks{text};
    if (weeks.take("P") && weeks.digits() && weeks.take("W"))
        return weeks.done();
    cursor in{text};
    bool date = false;
    bool time = false;
    if (!in.take("P") || !take_parts(in, "YMD", date))
        return false;
    if (in.take("T") && (!take_parts(in, "HMS", time) || !time))
        return false;
    return (date || time) && in.done();
}

} // namespace smelt::json_schema
