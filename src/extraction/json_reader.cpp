#include "decimal.hpp"
#include "json_tree.hpp"

#include "smelt/core/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

// valijson redefines RapidJSON's assertions for the whole program, which makes parsing 25 times slower; a namespace of
// our own keeps the two instantiations apart.
#define RAPIDJSON_NAMESPACE smelt_rapidjson
#define RAPIDJSON_NAMESPACE_BEGIN namespace smelt_rapidjson {
#define RAPIDJSON_NAMESPACE_END }
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

namespace smelt::extraction {
namespace rj = smelt_rapidjson;

/// SAX handler: RapidJSON calls, nodes come out. A handler that returns false ends the parse.
class tree_builder {
  public:
    tree_builder(json_tree &tree, const rj::StringStream &stream, std::size_t size, bool strict)
        : tree_{tree}, stream_{stream}, strict_{strict} {
        tree_.nodes_.clear();
        tree_.bytes_.clear();
        tree_.bytes_.reserve(size);
    }

    bool Null() { return add(node_kind::null); }
    bool Bool(bool value) {
        const bool room = add(node_kind::boolean);
        tree_.nodes_.back().truth = value;
        return room;
    }
    bool String(const char *text, rj::SizeType length, bool) {
        const bool room = add(node_kind::string);
        tree_.nodes_.back().text = keep({text, length});
        return room && storable({text, length});
    }
    bool Key(const char *text, rj::SizeType length, bool) {
        name_ = keep({text, length});
        return storable(name_);
    }
    bool RawNumber(const char *text, rj::SizeType length, bool) {
        const bool room = add(node_kind::number);
        const auto kept = keep({text, length});
        tree_.nodes_.back().text = kept;
        return room && (!strict_ || number_fits(kept));
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

    read_result problem;

  private:
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

    std::string_view keep(std::string_view text) {
        const auto at = tree_.bytes_.size();
        tree_.bytes_.append(text);
        return {tree_.bytes_.data() + at, text.size()};
    }

    bool fail(read_error error, std::string_view detail) {
        problem = {error, stream_.Tell(), std::string{clip_utf8(detail, 80)}};
        return false;
    }

    bool storable(std::string_view text) {
        if (!strict_)
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
        if (text.size() < 19 && text.find_first_of(".eE") == std::string_view::npos)
            return true;
        return text.find_first_of(".eE") == std::string_view::npos ? integer_fits(text) : fraction_fits(text);
    }

    bool integer_fits(std::string_view text) {
        const char *last = text.data() + text.size();
        std::int64_t value = 0;
        std::uint64_t positive = 0;
        if (std::from_chars(text.data(), last, value).ec == std::errc{} ||
            std::from_chars(text.data(), last, positive).ec == std::errc{})
            return true;
        // numeric of PostgreSQL: up to 131,072 digits before the point and 16,383 after it.
        return fail(text.size() > 131'072 ? read_error::unstorable_number : read_error::huge_integer, text);
    }

    bool fraction_fits(std::string_view text) {
        double value = 0;
        const bool in_double = std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
        const bool short_text = text.size() < 64;
        if (in_double && short_text)
            return true;
        const decimal exact{text};
        const bool storable_number = exact.digits_before_point() <= 131'072 && exact.digits_after_point() <= 16'383;
        if (in_double && storable_number)
            return true;
        return fail(storable_number ? read_error::huge_number : read_error::unstorable_number, text);
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
    const rj::StringStream &stream_;
    bool strict_;
    std::string_view name_;
    std::vector<std::size_t> open_;
    std::size_t closed_ = 0;
};

read_result read_json(const std::string &text, json_tree &tree, bool strict) {
    rj::StringStream stream{text.c_str()};
    tree_builder builder{tree, stream, text.size(), strict};
    rj::Reader reader;
    constexpr unsigned flags = rj::kParseIterativeFlag | rj::kParseNumbersAsStringsFlag | rj::kParseStopWhenDoneFlag;
    const auto outcome = reader.Parse<flags>(stream, builder);
    if (builder.problem.error != read_error::none)
        return builder.problem;
    if (outcome.IsError())
        return {read_error::syntax, outcome.Offset(), rj::GetParseError_En(outcome.Code())};
    const auto rest = text.find_first_not_of(" \t\r\n", stream.Tell());
    if (rest != std::string::npos)
        return {read_error::trailing, rest, ""};
    return {};
}

} // namespace smelt::extraction
