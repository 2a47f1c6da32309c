#include "answer_writer.hpp"

#include "words.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace smelt::sim {
namespace {

// Deeper than this the shortest choice is taken, so that recursive schemas end.
constexpr int soft_depth = 6;
constexpr int hard_depth = 40;

bool has_word(std::string_view name, std::string_view word) {
    return name.find(word) != std::string_view::npos;
}

bool says_confidence(std::string_view name) {
    return has_word(name, "confidence") || has_word(name, "score") || has_word(name, "probability") ||
           has_word(name, "certainty");
}

/// How many words a property of this name would hold.
std::size_t usual_words(std::string_view name, random_stream &random) {
    for (const char *longer :
         {"summary", "abstract", "description", "reason", "explanation", "text", "quote", "finding"})
        if (has_word(name, longer))
            return 12 + random.below(12);
    if (has_word(name, "title") || has_word(name, "name"))
        return 4 + random.below(4);
    return 1 + random.below(3);
}

template <class T>
void append_number(T value, std::string &out) {
    char text[40];
    const auto end = std::to_chars(std::begin(text), std::end(text), value).ptr;
    out.append(text, end);
}

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

} // namespace

void answer_writer::write(std::size_t index, int depth) {
    const node &n = nodes_[index];
    switch (depth > hard_depth ? kind::null : n.what) {
    case kind::null:
        out_ += "null";
        break;
    case kind::boolean:
        out_ += random_.below(2) != 0 ? "true" : "false";
        break;
    case kind::integer:
        integer(n);
        break;
    case kind::number:
        number(n);
        break;
    case kind::choice:
        out_ += n.values[random_.below(n.values.size())];
        break;
    case kind::array:
        array(n, depth);
        break;
    case kind::object:
        object(n, depth);
        break;
    case kind::any_of:
        any_of(n, depth);
        break;
    case kind::anything:
    case kind::string:
        string(n);
        break;
    }
}

void answer_writer::object(const node &n, int depth) {
    out_.push_back('{');
    bool first = true;
    for (const auto &member : n.members) {
        if (!member.required && (depth > soft_depth || random_.below(4) == 0))
            continue;
        if (!first)
            out_.push_back(',');
        first = false;
        out_ += member.prefix;
        write(member.node, depth + 1);
    }
    out_.push_back('}');
}

void answer_writer::array(const node &n, int depth) {
    std::uint64_t count = n.min_items;
    if (n.has_items && depth <= soft_depth)
        count = std::max(n.min_items, std::min(n.max_items, n.min_items + random_.below(4)));
    if (n.unique) // equal items are likely where few values exist
        count = std::max<std::uint64_t>(n.min_items, std::min<std::uint64_t>(count, 1));
    out_.push_back('[');
    for (std::uint64_t i = 0; i < count; ++i) {
        if (i > 0)
            out_.push_back(',');
        if (n.has_items)
            write(n.items, depth + 1);
        else
            out_ += "null";
    }
    out_.push_back(']');
}

void answer_writer::any_of(const node &n, int depth) {
    const bool has_null = nodes_[n.options.back()].what == kind::null;
    if (has_null && (depth > soft_depth || random_.below(8) == 0))
        return write(n.options.back(), depth + 1);
    const std::size_t said = n.options.size() - (has_null && n.options.size() > 1 ? 1 : 0);
    write(n.options[random_.below(said)], depth + 1);
}

void answer_writer::integer(const node &n) {
    const double step = n.step > 0 ? std::max(1.0, n.step) : 1;
    const bool is_year = has_word(n.name, "year");
    double low = std::isfinite(n.low)    ? n.low
                 : std::isfinite(n.high) ? std::min(0.0, n.high - 100)
                 : is_year               ? 1990
                                         : 0;
    double high = std::isfinite(n.high) ? n.high : low + (is_year ? 35 : 100);
    low = std::ceil(low / step) + (n.low_open && std::fmod(low, step) == 0 ? 1 : 0);
    high = std::floor(high / step) - (n.high_open && std::fmod(high, step) == 0 ? 1 : 0);
    if (says_confidence(n.name) && high > low)
        low += std::floor((high - low) / 2);
    const double span = std::clamp(high - low, 0.0, 1e15);
    const double value = (low + static_cast<double>(random_.below(static_cast<std::uint64_t>(span) + 1))) * step;
    append_number(static_cast<std::int64_t>(std::clamp(value, -9e18, 9e18)), out_);
}

void answer_writer::number(const node &n) {
    const bool confident = says_confidence(n.name) || (n.low == 0 && n.high == 1);
    double low = std::isfinite(n.low) ? n.low : std::isfinite(n.high) ? std::min(0.0, n.high - 100) : 0;
    const double high = std::isfinite(n.high) ? n.high : low + (confident ? 1 : 100);
    if (confident)
        low += (high - low) / 2;
    const double at = low + (high - low) * (0.001 + 0.998 * random_.unit()); // off the ends, which may be excluded
    if (n.step > 0) { // the smallest multiple above low, and on from there; rounded because 3 * 0.1 is not 0.3
        const double first = std::floor(low / n.step + 1e-9) + 1;
        const double times = std::max(first, std::floor(at / n.step));
        append_number(times * n.step > high ? low : std::round(times * n.step * 1e9) / 1e9, out_);
        return;
    }
    const double rounded = std::round(at * 1000) / 1000;
    append_number(rounded > low && rounded < high ? rounded : at, out_);
}

void answer_writer::string(const node &n) {
    out_.push_back('"');
    const std::size_t begin = out_.size();
    const bool fixed = (!n.pattern.empty() && append_match(n.pattern, random_, out_)) ||
                       (!n.format.empty() && append_format(n.format, random_, out_));
    if (!fixed) {
        auto words = labelled(user_, n.name);
        if (words.empty())
            words = pick_words(user_, usual_words(n.name, random_), random_);
        out_ += words.empty() ? std::string_view{"simulated"} : words;
        while (code_points(std::string_view{out_}.substr(begin)) < n.min_length)
            out_ += " simulated";
        if (n.max_length < out_.size() - begin) {
            std::size_t end = begin;
            for (std::uint64_t left = n.max_length; end < out_.size(); ++end)
                if ((static_cast<unsigned char>(out_[end]) & 0xC0) != 0x80 && left-- == 0)
                    break;
            out_.resize(end);
        }
    }
    out_.push_back('"');
}

/// True when an object in its place is surely wrong for the schema that the user wrote, too.
bool answer_writer::plain(const node &n) {
    return n.what == kind::string || n.what == kind::integer || n.what == kind::number || n.what == kind::boolean;
}

void answer_writer::write_root_with_wrong_member() {
    const node &root = nodes_.front();
    const auto wrong = std::find_if(root.members.begin(), root.members.end(),
                                    [&](const auto &member) { return member.required && plain(nodes_[member.node]); });
    if (root.what != kind::object || wrong == root.members.end()) {
        out_ += root.what == kind::array ? "{\"simulated\":\"wrong type\"}" : "[\"simulated wrong type\"]";
        return;
    }
    out_.push_back('{');
    for (auto member = root.members.begin(); member != root.members.end(); ++member) {
        if (member != root.members.begin())
            out_.push_back(',');
        out_ += member->prefix;
        if (member == wrong)
            out_ += "{\"simulated\":\"wrong type\"}";
        else
            write(member->node, 1);
    }
    out_.push_back('}');
}

void answer_schema::answer(std::string_view user, std::uint64_t seed, std::string &out) const {
    answer_writer{*this, user, seed, out}.write(0, 0);
}

void answer_schema::wrong_answer(std::string_view user, std::uint64_t seed, std::string &out) const {
    answer_writer{*this, user, seed, out}.write_root_with_wrong_member();
}

} // namespace smelt::sim
