#include "redaction.hpp"

#include "personal_data.hpp"

#include "smelt/base/json.hpp"
#include "smelt/json/writer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

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

/// "address.street" is a member of a field.
std::string below(const std::string &path, const node &member) {
    return (path.empty() ? "" : path + ".") + std::string{member.name};
}

/// Calls each(path, text) for all texts and numbers of a value, and for the names of members below the record's own.
template <class Each>
void for_each_text(const node &value, const std::string &path, const Each &each) {
    if (value.is(node_kind::string) || value.is(node_kind::number))
        each(path, value.text);
    if (value.is(node_kind::array))
        for (const auto &element : value.children())
            for_each_text(element, path, each);
    if (value.is(node_kind::object))
        for (const auto &member : value.children()) {
            if (!path.empty())
                each(path, member.name);
            for_each_text(member, below(path, member), each);
        }
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
    return byte >= 0x80 || std::isalnum(byte) != 0;
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

/// What is exchanged.
enum class reach {
    words,      ///< words of their own
    parts,      ///< parts of words, too
    everything, ///< and beginnings that are followed by dots, as where a text was cut; but short ones as words alone
};

constexpr std::size_t short_text = 3;

/// How much of the text at a place is `from`, or its beginning where the text was cut there. 0: it is another one.
std::size_t fit(std::string_view text, std::size_t at, const std::string &from, reach how) {
    const auto rest = text.substr(at);
    if (rest.starts_with(from)) {
        const bool alone = how == reach::words || (how == reach::everything && from.size() <= short_text);
        return !alone || stands_alone(text, at, from.size()) ? from.size() : 0;
    }
    if (how != reach::everything)
        return 0;
    const auto end = std::ranges::mismatch(rest, from);
    const auto same = static_cast<std::size_t>(end.in1 - rest.begin());
    const auto behind = rest.substr(same);
    const bool is_cut = behind.empty() || behind.starts_with("...") || behind.starts_with("…");
    return same >= short_text && is_cut ? same : 0;
}

/// In one pass, so that nothing is exchanged in what was put in; longer texts first.
std::string exchanged(std::string_view text, std::vector<exchange> all, reach how) {
    std::erase_if(all, [](const exchange &one) { return one.from.empty(); });
    std::ranges::stable_sort(all, std::greater{}, [](const exchange &one) { return one.from.size(); });
    std::array<bool, 256> begins{};
    for (const auto &one : all)
        begins.at(static_cast<unsigned char>(one.from.front())) = true;
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        std::size_t size = 0;
        const auto fits = [&](const exchange &one) { return (size = fit(text, at, one.from, how)) > 0; };
        const auto found =
            begins.at(static_cast<unsigned char>(text[at])) ? std::ranges::find_if(all, fits) : all.end();
        if (found == all.end()) {
            out += text[at++];
            continue;
        }
        out += found->to;
        at += size;
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
    for_each_text(record, {}, [&](const std::string &path, std::string_view text) {
        for (const auto &place : places_in(text, path, rules_)) {
            std::string original{text.substr(place.span.begin, place.span.end - place.span.begin)};
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

namespace {

std::vector<exchange> hiding(const placeholders &found) {
    std::vector<exchange> all;
    for (const auto &one : found) {
        all.push_back({one.original, one.text});
        if (auto quoted = in_json(one.original); quoted != one.original)
            all.push_back({std::move(quoted), in_json(one.text)});
    }
    return all;
}

/// What others have said of the record repeats it in any form.
bool is_said_of_it(const std::string &path) {
    return path == "tasks" || path.starts_with("tasks.") || path == "evidence" || path.starts_with("evidence.");
}

/// Writes a record with placeholders.
template <class Rules>
class hiding_writer {
  public:
    hiding_writer(const Rules &rules, const placeholders &found) : rules_{rules}, all_{hiding(found)} {
        for (const auto &one : found)
            by_original_.emplace(one.original, one.text);
    }

    void write(const node &value, const std::string &path, std::string &out) const {
        if (value.is(node_kind::array))
            write_array(value, path, out);
        else if (value.is(node_kind::object))
            write_object(value, path, out);
        else if (const auto text = hidden(value.text, path);
                 value.is(node_kind::string) || (value.is(node_kind::number) && text != value.text))
            json_text::append_json_string(out, text);
        else
            json_text::append_json(out, value);
    }

  private:
    void write_array(const node &value, const std::string &path, std::string &out) const {
        out += '[';
        for (bool first = true; const auto &element : value.children()) {
            out += std::exchange(first, false) ? "" : ",";
            write(element, path, out);
        }
        out += ']';
    }

    /// Names of members are data, too, but for those of the record itself, which templates name.
    void write_object(const node &value, const std::string &path, std::string &out) const {
        out += '{';
        for (bool first = true; const auto &member : value.children()) {
            out += std::exchange(first, false) ? "" : ",";
            json_text::append_json_string(out, path.empty() ? std::string{member.name} : hidden(member.name, path));
            out += ':';
            write(member, below(path, member), out);
        }
        out += '}';
    }

    [[nodiscard]] std::string hidden(std::string_view text, const std::string &path) const {
        const auto how = is_said_of_it(path) ? reach::everything : reach::words;
        std::string out;
        std::size_t done = 0;
        for (const auto &place : places_in(text, path, rules_)) {
            const auto found =
                by_original_.find(std::string{text.substr(place.span.begin, place.span.end - place.span.begin)});
            if (found == by_original_.end())
                continue;
            out += exchanged(text.substr(done, place.span.begin - done), all_, how) + found->second;
            done = place.span.end;
        }
        return out + exchanged(text.substr(done), all_, how);
    }

    const Rules &rules_;
    std::vector<exchange> all_;
    std::map<std::string, std::string> by_original_;
};

} // namespace

std::string redaction::hide(const node &record, const placeholders &found) const {
    std::string out;
    hiding_writer{rules_, found}.write(record, {}, out);
    return out;
}

std::string hide_everywhere(std::string_view text, const placeholders &found) {
    return exchanged(text, hiding(found), reach::everything);
}

std::string restore_words(std::string_view text, const placeholders &found, bool is_json) {
    std::vector<exchange> all;
    for (const auto &one : found)
        if (one.restores)
            all.push_back({is_json ? in_json(one.text) : one.text, is_json ? in_json(one.original) : one.original});
    return exchanged(text, std::move(all), reach::parts);
}

std::string write_placeholders(const placeholders &found) {
    auto texts = json::array();
    for (const auto &one : found)
        if (one.restores)
            texts.push_back({one.text, one.original});
    return texts.empty() ? std::string{} : texts.dump();
}

placeholders read_placeholders(const std::string &stored) {
    placeholders found;
    for (const auto &one : json::parse(stored))
        found.push_back({one.at(0).get<std::string>(), one.at(1).get<std::string>(), true});
    return found;
}

} // namespace smelt::extraction
