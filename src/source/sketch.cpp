#include "smelt/source/sketch.hpp"

#include "file_bytes.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/json/path.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/source/reader.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <unordered_set>

namespace smelt::source {
namespace {

using config::source_kind;
using json_text::node;
using json_text::node_kind;

constexpr std::int64_t most_records = 200'000;
constexpr std::size_t longest_key = 100;

input_file as_input(const std::filesystem::path &path) {
    input_file file;
    file.path = path;
    file.absolute = std::filesystem::absolute(path);
    return file;
}

/// The beginning of a file, or all of it.
std::string beginning_of(const input_file &file, std::size_t most) {
    file_bytes bytes{file};
    std::string text(most, '\0');
    std::size_t have = 0;
    while (have < most) {
        const auto got = bytes.read(text.data() + have, most - have, 0);
        if (got == 0)
            break;
        have += got;
    }
    text.resize(have);
    return text;
}

config::source_spec by_row(source_kind kind) {
    config::source_spec spec;
    spec.kind = kind;
    spec.key.type = config::key_spec::kind::row;
    return spec;
}

config::source_spec csv_as(char delimiter, bool quotes) {
    auto spec = by_row(source_kind::csv);
    spec.delimiter = delimiter;
    spec.quotes = quotes;
    return spec;
}

/// Columns of the header when it is read so; 0: it cannot be.
std::size_t header_columns(const input_file &file, char delimiter) {
    try {
        const auto reader = open_reader(csv_as(delimiter, true), file, {});
        return reader->columns().size();
    } catch (const file_error &) {
        return 0;
    }
}

/// Whether its first rows are rows.
bool can_be_read(const input_file &file, const config::source_spec &spec) {
    constexpr int enough = 1000;
    try {
        const auto reader = open_reader(spec, file, {});
        row next;
        for (int n = 0; n < enough && reader->next(next);)
            ++n;
        return true;
    } catch (const file_error &) {
        return false;
    }
}

/// What separates the columns is what stands most often in the header, also where that is wrong otherwise: then the
/// reader says what is. Files with tabs are often written without quoting.
config::source_spec csv_spec(const input_file &file) {
    const auto beginning = beginning_of(file, 4096);
    const std::string_view header{beginning.data(), std::min(beginning.find('\n'), beginning.size())};
    if (lower_ascii(header.substr(0, 4)) == "sep=")
        throw usage_error{file.path.string() + " begins with the line " + std::string{trim(header)} +
                              ", which is for spreadsheets only",
                          "remove that line: the first one names the columns"};
    char best = ',';
    std::size_t most = 1;
    for (const char delimiter : {',', ';', '\t', '|'}) {
        const auto split = header_columns(file, delimiter);
        const auto marks = static_cast<std::size_t>(std::ranges::count(header, delimiter));
        if (const auto columns = split > 0 ? split : marks + 1; columns > most) {
            most = columns;
            best = delimiter;
        }
    }
    const auto spec = csv_as(best, true), bare = csv_as(best, false);
    return best == '\t' && !can_be_read(file, spec) && can_be_read(file, bare) ? bare : spec;
}

bool is_usable_step(std::string_view name) {
    return !name.empty() && json_text::parse_path("$." + std::string{name}).has_value();
}

/// A place in a document that may hold its records.
struct place {
    std::string path;
    std::size_t records = 0;
    const node *members = nullptr; ///< the object whose members they are
};

std::size_t objects_in(const node &at) {
    std::size_t objects = 0;
    for (const auto &child : at.children())
        objects += child.is(node_kind::object) ? 1 : 0;
    return objects;
}

/// Lists of records by name, such as one for each year: how many records they hold together; 0: it is something else.
std::size_t records_by_name(const node &object) {
    std::size_t records = 0;
    for (const auto &child : object.children()) {
        if (!child.is(node_kind::array) || objects_in(child) != child.count)
            return 0;
        records += child.count;
    }
    return object.count > 1 ? records : 0;
}

void look_for_records(const node &at, const std::string &path, int depth, place &best) {
    constexpr int deepest = 6;
    if (depth > deepest || !(at.is(node_kind::array) || at.is(node_kind::object)))
        return;
    const bool is_array = at.is(node_kind::array);
    const auto objects = objects_in(at);
    // An object whose members are all objects is a list by name; a document is seldom one.
    const bool holds_records = objects > 0 && (is_array || (objects == at.count && objects > 1));
    if (holds_records && objects > best.records)
        best = {path + "[*]", objects, is_array ? nullptr : &at};
    if (const auto nested = is_array ? 0 : records_by_name(at); nested > best.records)
        best = {path + "[*][*]", nested, nullptr};
    if (is_array)
        return;
    for (const auto &child : at.children())
        if (is_usable_step(child.name))
            look_for_records(child, path + "." + std::string{child.name}, depth + 1, best);
}

/// The field for the name of a member that is a record: one that none of them has.
std::string member_field(const node &members) {
    for (const std::string name : {"member", "name", "member_name"})
        if (std::ranges::none_of(members.children(), [&](const node &one) { return one.find(name) != nullptr; }))
            return name;
    return "name_of_member";
}

/// JSON lines, or a document with its records somewhere.
config::source_spec json_spec(const input_file &file) {
    const auto text = beginning_of(file, longest_row);
    const auto start = trim(text).substr(0, 1);
    if (start == "[")
        return by_row(source_kind::json);
    json_text::json_tree tree;
    const auto read = json_text::read_json(trim(text), tree, {});
    const auto first_line = trim(trim(text).substr(0, trim(text).find('\n')));
    json_text::json_tree line;
    if (read.error != json_text::read_error::none &&
        json_text::read_json(first_line, line, {}).error == json_text::read_error::none)
        return by_row(source_kind::jsonl);
    if (read.error != json_text::read_error::none)
        throw file_error{file.path.string(), 0, "is no JSON: " + json_text::describe(read),
                         text.size() == longest_row ? "a document of more than 64 MB is not looked through: write the "
                                                      "pipeline by hand, with records: $.PATH[*]"
                                                    : ""};
    auto spec = by_row(source_kind::json);
    place best{"$", 0, nullptr};
    look_for_records(tree.root(), "$", 0, best);
    spec.records = best.path;
    if (best.members != nullptr)
        spec.member = member_field(*best.members);
    return spec;
}

config::source_spec spec_of(const input_file &file) {
    const auto ending = lower_ascii(file.path.extension().string());
    const auto beginning = beginning_of(file, 4096);
    const auto first = trim(beginning).substr(0, 1);
    const bool is_lines = ending == ".jsonl" || ending == ".ndjson";
    if (is_lines && first != "[")
        return by_row(source_kind::jsonl);
    if (is_lines || ending == ".json" || (ending != ".csv" && ending != ".tsv" && (first == "{" || first == "[")))
        return json_spec(file);
    return csv_spec(file);
}

/// What is called so identifies something.
bool is_called_key(const std::string &name) {
    const auto lower = lower_ascii(name);
    constexpr std::array names{"id",  "key",  "uuid",   "guid", "code",           "sku",
                               "nr",  "no",   "number", "doi",  "isbn",           "url",
                               "uri", "path", "file",   "pmid", "name_of_member", "member"};
    return std::ranges::any_of(names, [&](std::string_view word) {
        return lower == word || lower.ends_with("_" + std::string{word}) || lower.ends_with(" " + std::string{word}) ||
               lower.ends_with("." + std::string{name});
    });
}

/// The fields of the records, with what is needed to find a key among them.
class collected_fields {
  public:
    void add(const node &object, const std::string &inside) {
        for (const auto &member : object.children()) {
            const auto name = inside + std::string{member.name};
            if (member.is(node_kind::object) && inside.empty())
                add(member, name + ".");
            else
                add_value(name, member);
        }
    }

    /// records: how many there were.
    std::vector<sketched_field> finish(std::int64_t records) {
        for (auto &field : fields_)
            field.is_key = field.is_key && field.filled == records;
        return std::move(fields_);
    }

  private:
    void add_value(const std::string &name, const node &value) {
        const auto [at, is_new] = places_.emplace(name, fields_.size());
        if (is_new) {
            fields_.emplace_back().name = name;
            fields_.back().is_called_key = is_called_key(name);
            seen_.emplace_back();
        }
        auto &field = fields_[at->second];
        field.is_nested = field.is_nested || value.is(node_kind::object) || value.is(node_kind::array);
        field.is_boolean = field.is_boolean || value.is(node_kind::boolean);
        if (value.is(node_kind::null))
            return;
        ++field.present;
        if (value.is(node_kind::string) && trim(value.text).empty())
            return;
        ++field.filled;
        field.bytes += static_cast<std::int64_t>(value.text.size());
        field.is_word = field.is_word && value.text.find_first_of(" \t\n") == std::string_view::npos;
        const bool may_be_key =
            value.is(node_kind::string) ||
            (value.is(node_kind::number) && value.text.find_first_of(".eE") == std::string_view::npos);
        if (!may_be_key || value.text.size() > longest_key) {
            field.is_key = false;
        } else if (field.is_key && !seen_[at->second].insert(std::hash<std::string_view>{}(value.text)).second) {
            field.is_key = false;
            field.repeats = true;
        }
        if (!field.is_key)
            seen_[at->second].clear();
    }

    std::map<std::string, std::size_t> places_;
    std::vector<sketched_field> fields_;
    std::vector<std::unordered_set<std::size_t>> seen_; ///< by field: hashes of its values
};

/// By its name, or as the first field where its values are single words: a text or a price is unique by chance.
bool looks_like_key(const std::vector<sketched_field> &fields, const sketched_field &field) {
    return field.is_called_key || (&field == &fields.front() && field.is_word);
}

config::key_spec key_of(const std::vector<sketched_field> &fields, std::int64_t records, const std::string &member) {
    config::key_spec key;
    for (const auto &field : fields)
        if (field.is_key && key.fields.empty() && (field.name == member || looks_like_key(fields, field)))
            key.fields = {field.name};
    if (!key.fields.empty())
        return key;
    for (const auto &field : fields)
        if (field.present == records)
            key.fields.push_back(field.name);
    key.type = key.fields.empty() ? config::key_spec::kind::row : config::key_spec::kind::hash;
    return key;
}

/// Why a field that is called like one is not the key; empty: there is none.
std::string why_no_key(const std::vector<sketched_field> &fields, std::int64_t records) {
    for (const auto &field : fields)
        if (field.is_called_key && !field.is_key && !field.is_nested)
            return field.filled < records ? field.name + " is not, because it is empty in some records"
                   : field.repeats        ? field.name + " is not, because some records have the same"
                                   : field.name + " is not, because some of its values are no text or whole number";
    return {};
}

} // namespace

sketch sketch_file(const std::filesystem::path &file) {
    const auto input = as_input(file);
    sketch found;
    found.source = spec_of(input);
    collected_fields fields;
    const auto reader = open_reader(found.source, input, {});
    json_text::json_tree tree;
    for (row next; reader->next(next);) {
        if (found.records == most_records) {
            found.is_whole = false;
            break;
        }
        ++found.records;
        json_text::read_json(next.fields, tree, {});
        fields.add(tree.root(), {});
    }
    if (found.records == 0)
        throw usage_error{file.string() + " has no records", "name a file that has some"};
    found.fields = fields.finish(found.records);
    if (found.fields.empty())
        throw usage_error{"the records of " + file.string() + " have no fields",
                          "where they stand elsewhere in the document, write the pipeline by hand: records: in "
                          "docs/sources.md"};
    found.source.key = key_of(found.fields, found.records, found.source.member);
    if (found.source.key.type != config::key_spec::kind::fields)
        found.why_no_key = why_no_key(found.fields, found.records);
    return found;
}

} // namespace smelt::source
