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

/// SAX handler: RapidJSON calls, nodes come out. A handler that returns false ends the parse.
class tree_builder {
  public:
    tree_builder(json_tree &tree, std::string_view text, bool strict)
        : tree_{tree},
          stream_{copied(tree, text)},
          strict_{strict},
          look_into_strings_{strict && text.find("\\u") != std::string_view::npos} {
        tree_.nodes_.clear();
    }

    read_result run(std::string_view text) {
        rj::Reader reader;
        constexpr unsigned flags = rj::kParseInsituFlag | rj::kParseIterativeFlag | rj::kParseNumbersAsStringsFlag |
                                   rj::kParseStopWhenDoneFlag;
        const auto outcome = reader.Parse<flags>(stream_, *this);
        if (problem_.error != read_error::none)
            return problem_;
        if (outcome.Code() == rj::kParseErrorNumberTooBig)
            return too_big(text, outcome.Offset());
        if (outcome.Code() == rj::kParseErrorStringUnicodeSurrogateInvalid)
            return {read_error::surrogate, outcome.Offset(), ""};
        if (outcome.IsError())
            return {read_error::syntax, outcome.Offset(), rj::GetParseError_En(outcome.Code())};
        const auto rest = text.find_first_not_of(" \t\r\n", stream_.Tell());
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
        const bool room = add(node_kind::number);
        tree_.nodes_.back().text = {text, length};
        return room && (!strict_ || number_fits({text, length}));
    }
    bool StartObject() { return open(node_kind::object); }
    bool EndObject(rj::SizeType) { return close() && (!strict_ || names_differ()); }
    bool StartArray() { return open(node_kind::array); }
    bool EndArray(rj::SizeType) { return close(); }
    // Numbers arrive as text.
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }

  private:
    static char *copied(json_tree &tree, std::string_view text) {
        constexpr std::size_t padding = 16;
        tree.bytes_.resize(text.size() + padding);
        std::copy(text.begin(), text.end(), tree.bytes_.begin());
        std::fill_n(tree.bytes_.begin() + static_cast<std::ptrdiff_t>(text.size()), padding, '\0');
        return tree.bytes_.data();
    }

    bool add(node_kind kind) {
        if (!open_.empty())
            ++tree_.nodes_[open_.back()].count;
        node &added = tree_.nodes_.emplace_back();
        added.kind = kind;
        added.name = name_;
        name_ = {};
        return tree_.nodes_.size() <= max_values || fail(read_error::too_many, "");
    }

    bool open(node_kind kind) {
        const bool room = add(kind);
        open_.push_back(tree_.nodes_.size() - 1);
        if (!room)
            return false;
        return open_.size() <= max_depth || fail(read_error::too_deep, "");
    }

    bool close() {
        closed_ = open_.back();
        open_.pop_back();
        tree_.nodes_[closed_].span = static_cast<std::uint32_t>(tree_.nodes_.size() - closed_);
        return true;
    }

    /// RapidJSON looks at the exponent although it was asked for text only.
    static read_result too_big(std::string_view text, std::size_t offset) {
        const auto number = text.substr(offset, text.find_first_not_of("+-.eE0123456789", offset) - offset);
        const auto problem = number_problem(number);
        // 0e400 fits everywhere, but was not read.
        return {problem == read_error::none ? read_error::huge_number : problem, offset,
                std::string{clip_utf8(number, 80)}};
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
        const auto problem = number_problem(text);
        return problem == read_error::none || fail(problem, text);
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
        for (const node *child = object.first(); child != object.end(); child = child->next())
            names.push_back(child->name);
        std::sort(names.begin(), names.end());
        const auto twice = std::adjacent_find(names.begin(), names.end());
        return twice == names.end() || fail(read_error::duplicate, *twice);
    }

    json_tree &tree_;
    rj::InsituStringStream stream_;
    bool strict_;
    bool look_into_strings_; ///< only an escape can have made what is looked for
    read_result problem_;
    std::string_view name_;
    std::vector<std::size_t> open_;
    std::size_t closed_ = 0;
};

read_result read_json(std::string_view text, json_tree &tree, bool strict) {
    return tree_builder{tree, text, strict}.run(text);
}

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

} // namespace

read_error number_problem(std::string_view number) {
    const bool integer = number.find_first_of(".eE") == std::string_view::npos;
    if (integer && (number.size() < 19 || fits<std::int64_t>(number) || fits<std::uint64_t>(number)))
        return read_error::none;
    const bool in_range = !integer && fits<double>(number);
    if (in_range && number.size() < 64)
        return read_error::none;
    if (!fits_numeric(number))
        return read_error::unstorable_number;
    if (integer)
        return read_error::huge_integer;
    return in_range ? read_error::none : read_error::huge_number;
}

} // namespace smelt::json_text
