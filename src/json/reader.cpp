#include "smelt/json/reader.hpp"

#include "smelt/base/text.hpp"
#include "smelt/json/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#ifdef __SSE2__
#define RAPIDJSON_SSE2 // looks at up to 15 bytes behind the text; see `padding`
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

namespace smelt::json_text {
namespace rj = rapidjson;

namespace {

struct span {
    std::size_t at = 0;
    std::size_t size = 0;
};

/// How many numbers beyond double's range a text may hold. Each costs another parse.
constexpr std::size_t most_beyond_double = 64;

/// The length of the number that the text begins with, as far as JSON's grammar goes.
std::size_t number_length(std::string_view text) {
    const auto digits_end = [&](std::size_t from) {
        return std::min(text.find_first_not_of("0123456789", from), text.size());
    };
    auto end = digits_end(text.starts_with('-') ? 1 : 0);
    if (text.substr(end, 1) == "." && digits_end(end + 1) > end + 1)
        end = digits_end(end + 1);
    if (const auto mark = text.substr(end, 1); mark == "e" || mark == "E") {
        const auto sign = text.substr(end + 1, 1);
        const auto exponent = end + (sign == "+" || sign == "-" ? 2 : 1);
        if (digits_end(exponent) > exponent)
            end = digits_end(exponent);
    }
    return end;
}

read_error number_problem(std::string_view number, number_range range);

} // namespace

/// SAX handler: RapidJSON calls, nodes come out. A handler that returns false ends the parse. RapidJSON stops at a
/// number beyond double's range although it is asked for the text only: those (`hidden`) are covered by a small number
/// of the same length, and uncovered when their turn comes.
class tree_builder {
  public:
    tree_builder(json_tree &tree, std::string_view text, const read_rules &rules, const std::vector<span> &hidden)
        : tree_{tree},
          text_{text},
          stream_{copied(tree, text, hidden)},
          rules_{rules},
          hidden_{hidden},
          look_into_strings_{rules.storable_text && text.find("\\u") != std::string_view::npos} {
        tree_.nodes_.clear();
    }

    read_result run() {
        rj::Reader reader;
        constexpr unsigned flags = rj::kParseInsituFlag | rj::kParseIterativeFlag | rj::kParseNumbersAsStringsFlag |
                                   rj::kParseStopWhenDoneFlag | rj::kParseNanAndInfFlag;
        const auto outcome = reader.Parse<flags>(stream_, *this);
        if (problem_.error != read_error::none)
            return problem_;
        if (outcome.IsError())
            return unparsed(outcome.Code(), outcome.Offset());
        const auto rest = text_.find_first_not_of(" \t\r\n", stream_.Tell());
        if (rest != std::string_view::npos)
            return {read_error::trailing, rest, ""};
        return {};
    }

    bool Null() { return add(node_kind::null); }
    bool Bool(bool value) {
        const bool room = add(node_kind::boolean);
        tree_.nodes_.back().truth = value;
        return room;
    }
    bool String(const char *text, rj::SizeType length, bool) {
        const bool room = add(node_kind::string);
        tree_.nodes_.back().text = {text, length};
        return room && storable({text, length});
    }
    bool Key(const char *text, rj::SizeType length, bool) {
        name_ = {text, length};
        return storable(name_);
    }
    bool RawNumber(const char *text, rj::SizeType length, bool) {
        if (!hidden_.empty())
            uncover(static_cast<std::size_t>(text - tree_.bytes_.data()));
        const std::string_view number{text, length};
        if (!rules_.nan && number.back() > '9')
            return fail(read_error::syntax, rj::GetParseError_En(rj::kParseErrorValueInvalid));
        const bool room = add(node_kind::number);
        tree_.nodes_.back().text = number;
        return room && number_fits(number);
    }
    bool StartObject() { return open(node_kind::object); }
    bool EndObject(rj::SizeType) { return close() && (!wants_unique_names() || names_differ()); }
    bool StartArray() { return open(node_kind::array); }
    bool EndArray(rj::SizeType) { return close(); }
    // Numbers arrive as text.
    static bool Int(int) { return false; }
    static bool Uint(unsigned) { return false; }
    static bool Int64(std::int64_t) { return false; }
    static bool Uint64(std::uint64_t) { return false; }
    static bool Double(double) { return false; }

  private:
    static char *copied(json_tree &tree, std::string_view text, const std::vector<span> &hidden) {
        constexpr std::size_t padding = 16;
        tree.bytes_.resize(text.size() + padding);
        std::copy(text.begin(), text.end(), tree.bytes_.begin());
        std::fill_n(tree.bytes_.begin() + static_cast<std::ptrdiff_t>(text.size()), padding, '\0');
        for (const auto &number : hidden) {
            std::memset(tree.bytes_.data() + number.at, '0', number.size);
            tree.bytes_[number.at + 1] = '.';
        }
        return tree.bytes_.data();
    }

    void uncover(std::size_t at) {
        for (const auto &number : hidden_)
            if (number.at == at)
                std::memcpy(tree_.bytes_.data() + at, text_.data() + at, number.size);
    }

    [[nodiscard]] read_result unparsed(rj::ParseErrorCode code, std::size_t offset) const {
        switch (code) {
        case rj::kParseErrorNumberTooBig:
            return {read_error::huge_number, offset,
                    std::string{clip_utf8(text_.substr(offset, number_length(text_.substr(offset))), 80)}};
        case rj::kParseErrorStringUnicodeSurrogateInvalid:
            return {read_error::surrogate, offset, ""};
        case rj::kParseErrorStringEscapeInvalid: // also for what must be escaped
            if (offset < text_.size() && static_cast<unsigned char>(text_[offset]) < 0x20)
                return {read_error::syntax, offset, "Control character in string."};
            [[fallthrough]];
        default:
            return {read_error::syntax, offset, rj::GetParseError_En(code)};
        }
    }

    bool add(node_kind kind) {
        if (!open_.empty())
            ++tree_.nodes_[open_.back()].count;
        node &added = tree_.nodes_.emplace_back();
        added.kind = kind;
        added.name = name_;
        name_ = {};
        return tree_.nodes_.size() <= rules_.most_values || fail(read_error::too_many, "");
    }

    bool open(node_kind kind) {
        const bool room = add(kind);
        open_.push_back(tree_.nodes_.size() - 1);
        if (!room)
            return false;
        return open_.size() <= rules_.most_levels || fail(read_error::too_deep, "");
    }

    bool close() {
        closed_ = open_.back();
        open_.pop_back();
        tree_.nodes_[closed_].span = static_cast<std::uint32_t>(tree_.nodes_.size() - closed_);
        return true;
    }

    bool fail(read_error error, std::string_view detail) {
        problem_ = {error, stream_.Tell(), std::string{clip_utf8(detail, 80)}};
        return false;
    }

    bool storable(std::string_view text) {
        if (!look_into_strings_)
            return true;
        if (std::memchr(text.data(), 0, text.size()) != nullptr)
            return fail(read_error::nul, "");
        // The text was valid UTF-8, so only an escape can have made a surrogate (first byte ED, second A0 or more).
        for (auto at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1))
            if (static_cast<unsigned char>(text[at + 1]) >= 0xA0)
                return fail(read_error::surrogate, "");
        return true;
    }

    bool number_fits(std::string_view text) {
        const auto problem = number_problem(text, rules_.numbers);
        return problem == read_error::none || fail(problem, text);
    }

    [[nodiscard]] bool wants_unique_names() const {
        return rules_.names == unique_names::everywhere || (rules_.names == unique_names::outermost && open_.empty());
    }

    bool names_differ() {
        const node &object = tree_.nodes_[closed_];
        if (object.count > 16)
            return sorted_names_differ(object);
        for (const node *a = object.first(); a != object.end(); a = a->next())
            for (const node *b = a->next(); b != object.end(); b = b->next())
                if (a->name == b->name)
                    return fail(read_error::duplicate, a->name);
        return true;
    }

    bool sorted_names_differ(const node &object) {
        std::vector<std::string_view> names;
        names.reserve(object.count);
        for (const auto &child : object.children())
            names.push_back(child.name);
        std::sort(names.begin(), names.end());
        const auto twice = std::adjacent_find(names.begin(), names.end());
        return twice == names.end() || fail(read_error::duplicate, *twice);
    }

    json_tree &tree_;
    std::string_view text_;
    rj::InsituStringStream stream_;
    const read_rules &rules_;
    const std::vector<span> &hidden_;
    bool look_into_strings_; ///< only an escape can have made what is looked for
    read_result problem_;
    std::string_view name_;
    std::vector<std::size_t> open_;
    std::size_t closed_ = 0;
};

namespace {

template <class Number>
bool fits(std::string_view text) {
    Number value{};
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
}

/// PostgreSQL, "Numeric Types": up to 131,072 digits before the decimal point and 16,383 after it.
bool fits_numeric(std::string_view text) {
    const decimal exact{text};
    return exact.digits_before_point() <= 131'072 && exact.digits_after_point() <= 16'383;
}

read_error number_problem(std::string_view number, number_range range) {
    if (range == number_range::any)
        return read_error::none;
    const bool integer = number.find_first_of(".eE") == std::string_view::npos;
    if (integer && (number.size() < 19 || fits<std::int64_t>(number) || fits<std::uint64_t>(number)))
        return read_error::none;
    const bool in_range = !integer && fits<double>(number);
    if (in_range && number.size() < 64)
        return read_error::none;
    if (!fits_numeric(number))
        return read_error::unstorable_number;
    if (range == number_range::numeric)
        return read_error::none;
    if (integer)
        return read_error::huge_integer;
    return in_range ? read_error::none : read_error::huge_number;
}

} // namespace

read_result read_json(std::string_view text, json_tree &tree, const read_rules &rules) {
    std::vector<span> hidden;
    for (;;) {
        auto result = tree_builder{tree, text, rules, hidden}.run();
        if (result.error != read_error::huge_number || hidden.size() == most_beyond_double ||
            (!hidden.empty() && hidden.back().at >= result.offset))
            return result;
        hidden.push_back({result.offset, number_length(text.substr(result.offset))});
    }
}

std::string describe(const read_result &result) {
    switch (result.error) {
    case read_error::none:
        return {};
    case read_error::syntax:
        return result.detail;
    case read_error::trailing:
        return "text after the end of the JSON";
    case read_error::too_deep:
        return "values are nested too deep";
    case read_error::too_many:
        return "too many values";
    case read_error::duplicate:
        return "the name \"" + result.detail + "\" stands twice in one object";
    case read_error::nul:
        return "\\u0000 in a string, which PostgreSQL cannot store";
    case read_error::surrogate:
        return "half of a surrogate pair in a string";
    case read_error::huge_integer:
    case read_error::huge_number:
        return "the number " + result.detail + " is out of range";
    case read_error::unstorable_number:
        return "the number " + result.detail + " is beyond what PostgreSQL can store";
    }
    return {};
}

} // namespace smelt::json_text
