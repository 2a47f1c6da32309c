#include "redaction.hpp"

#include "personal_data.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/json/writer.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace smelt::extraction {

using json_text::node;
using json_text::node_kind;

struct redaction::rule {
    redact_rule spec;
    std::unique_ptr<data_pattern> pattern;

    [[nodiscard]] bool concerns(const std::string &field) const {
        return spec.fields.empty() || std::ranges::any_of(spec.fields, [&](const std::string &name) {
                   return field == name || field.starts_with(name + ".");
               });
    }
};

namespace {

constexpr std::string_view number_mark = "{{n}}";

std::string numbered(const std::string &form, std::size_t n) {
    auto text = form;
    if (const auto at = text.find(number_mark); at != std::string::npos)
        text.replace(at, number_mark.size(), std::to_string(n));
    return text;
}

/// Calls each(path, text) for all texts and numbers of a value; "address.street" is a member of a field.
template <class Each>
void for_each_text(const node &value, const std::string &path, const Each &each) {
    if (value.is(node_kind::string) || value.is(node_kind::number))
        each(path, value);
    if (value.is(node_kind::array))
        for (const auto &element : value.children())
            for_each_text(element, path, each);
    if (value.is(node_kind::object))
        for (const auto &member : value.children())
            for_each_text(member, (path.empty() ? "" : path + ".") + std::string{member.name}, each);
}

/// A place in a text that a rule has found.
struct found_place {
    text_span span;
    std::size_t rule = 0;
};

/// Of places that overlap the one that begins first counts, and of these that of the first rule.
std::vector<found_place> without_overlaps(std::vector<found_place> places) {
    std::ranges::stable_sort(places, {}, [](const found_place &p) { return std::pair{p.span.begin, p.rule}; });
    std::vector<found_place> kept;
    for (const auto &place : places)
        if (kept.empty() || place.span.begin >= kept.back().span.end)
            kept.push_back(place);
    return kept;
}

bool is_word_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_';
}

/// Whether it stands there as words of its own: not inside of a longer one.
bool stands_alone(std::string_view text, std::size_t at, std::size_t size) {
    const bool begins = at == 0 || !is_word_byte(text[at]) || !is_word_byte(text[at - 1]);
    const auto end = at + size;
    const bool ends = end == text.size() || !is_word_byte(text[end - 1]) || !is_word_byte(text[end]);
    return begins && ends;
}

/// A text, and what stands for it.
struct exchange {
    std::string from, to;
};

/// In one pass, so that nothing is exchanged in what was put in; longer texts first. alone: only words of their own.
std::string exchanged(std::string_view text, std::vector<exchange> all, bool alone) {
    std::erase_if(all, [](const exchange &one) { return one.from.empty(); });
    std::ranges::stable_sort(all, std::greater{}, [](const exchange &one) { return one.from.size(); });
    std::array<bool, 256> begins{};
    for (const auto &one : all)
        begins.at(static_cast<unsigned char>(one.from.front())) = true;
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto fits = [&](const exchange &one) {
            return text.substr(at).starts_with(one.from) && (!alone || stands_alone(text, at, one.from.size()));
        };
        const auto found =
            begins.at(static_cast<unsigned char>(text[at])) ? std::ranges::find_if(all, fits) : all.end();
        if (found == all.end()) {
            out += text[at++];
            continue;
        }
        out += found->to;
        at += found->from.size();
    }
    return out;
}

/// As it stands inside of a JSON string.
std::string in_json(const std::string &text) {
    std::string quoted;
    json_text::append_json_string(quoted, text);
    return quoted.substr(1, quoted.size() - 2);
}

/// Gives numbers that the record's own text does not hold already.
class numbering {
  public:
    explicit numbering(const node &record) { json_text::append_json(text_, record); }

    std::string next(const std::string &form) {
        if (form.find(number_mark) == std::string::npos)
            return form;
        auto &n = last_[form];
        std::string candidate;
        do
            candidate = numbered(form, ++n);
        while (text_.find(in_json(candidate)) != std::string::npos);
        return candidate;
    }

  private:
    std::string text_;
    std::map<std::string, std::size_t> last_;
};

} // namespace

redaction::redaction(const std::vector<redact_rule> &rules) {
    for (const auto &spec : rules)
        rules_.push_back(std::make_unique<rule>(rule{spec, make_pattern(spec)}));
}

redaction::~redaction() = default;

bool redaction::empty() const {
    return rules_.empty();
}

bool redaction::restores() const {
    return std::ranges::any_of(rules_, [](const auto &one) { return one->spec.restore; });
}

namespace {

template <class Rules>
std::vector<found_place> places_in(std::string_view text, const std::string &path, const Rules &rules) {
    std::vector<found_place> places;
    for (std::size_t i = 0; i < rules.size(); ++i)
        if (rules[i]->concerns(path))
            for (const auto &span : rules[i]->pattern->find(text))
                places.push_back({span, i});
    return without_overlaps(std::move(places));
}

} // namespace

placeholders redaction::find(const node &record) const {
    placeholders found;
    std::set<std::pair<std::size_t, std::string>> known;
    std::unique_ptr<numbering> numbers; // made when something is found
    for_each_text(record, {}, [&](const std::string &path, const node &value) {
        for (const auto &place : places_in(value.text, path, rules_)) {
            std::string original{value.text.substr(place.span.begin, place.span.end - place.span.begin)};
            const auto &spec = rules_[place.rule]->spec;
            if (!known.emplace(place.rule, original).second)
                continue;
            if (!numbers)
                numbers = std::make_unique<numbering>(record);
            found.push_back({numbers->next(spec.as), std::move(original), spec.restore});
        }
    });
    return found;
}

std::string redaction::hide(const node &record, const placeholders &found) const {
    std::map<std::string, std::string> by_original;
    for (const auto &one : found)
        by_original.emplace(one.original, one.text);
    std::map<const node *, std::string> texts;
    for_each_text(record, {}, [&](const std::string &path, const node &value) {
        std::string hidden;
        std::size_t done = 0;
        for (const auto &place : places_in(value.text, path, rules_)) {
            hidden += hide_words(value.text.substr(done, place.span.begin - done), found);
            hidden += by_original[std::string{value.text.substr(place.span.begin, place.span.end - place.span.begin)}];
            done = place.span.end;
        }
        hidden += hide_words(value.text.substr(done), found);
        if (hidden != value.text)
            json_text::append_json_string(texts[&value], hidden);
    });
    std::string out;
    json_text::append_json(out, record, [&](const node &value) -> const std::string * {
        const auto instead = texts.find(&value);
        return instead == texts.end() ? nullptr : &instead->second;
    });
    return out;
}

std::string hide_words(std::string_view text, const placeholders &found) {
    std::vector<exchange> all;
    for (const auto &one : found) {
        all.push_back({one.original, one.text});
        if (auto quoted = in_json(one.original); quoted != one.original)
            all.push_back({std::move(quoted), in_json(one.text)});
    }
    return exchanged(text, std::move(all), true);
}

std::string restore_words(std::string_view text, const placeholders &found, bool is_json) {
    std::vector<exchange> all;
    for (const auto &one : found)
        if (one.restores)
            all.push_back({is_json ? in_json(one.text) : one.text, is_json ? in_json(one.original) : one.original});
    return exchanged(text, std::move(all), false);
}

} // namespace smelt::extraction
