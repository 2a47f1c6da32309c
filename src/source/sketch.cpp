#include "smelt/source/sketch.hpp"

#include "file_bytes.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/json/path.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/source/reader.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
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

/// How many columns the file has when it is read so; nothing when its first rows cannot be.
std::optional<std::size_t> columns_read(const input_file &file, const config::source_spec &spec) {
    constexpr int enough = 100;
    try {
        const auto reader = open_reader(spec, file, {});
        row next;
        for (int n = 0; n < enough && reader->next(next);)
            ++n;
        return reader->columns().size();
    } catch (const file_error &) {
        return std::nullopt;
    }
}

/// The way of reading that shows most columns; of several, the usual one.
config::source_spec csv_spec(const input_file &file) {
    auto best = by_row(source_kind::csv);
    std::size_t most = 0;
    for (const bool quotes : {true, false})
        for (const char delimiter : {',', ';', '\t', '|'}) {
            auto spec = by_row(source_kind::csv);
            spec.delimiter = delimiter;
            spec.quotes = quotes;
            const auto columns = most > 1 && !quotes ? std::nullopt : columns_read(file, spec);
            if (columns && *columns > most) {
                most = *columns;
                best = spec;
            }
        }
    return best;
}

bool is_usable_step(std::string_view name) {
    return !name.empty() && json_text::parse_path("$." + std::string{name}).has_value();
}

/// A place in a document that may hold its records.
struct place {
    std::string path;
    std::size_t records = 0;
};

void look_for_records(const node &at, const std::string &path, int depth, place &best) {
    constexpr int deepest = 6;
    if (depth > deepest || !(at.is(node_kind::array) || at.is(node_kind::object)))
        return;
    std::size_t objects = 0;
    for (const auto &child : at.children())
        objects += child.is(node_kind::object) ? 1 : 0;
    const bool is_array = at.is(node_kind::array);
    // An object whose members are all objects is a list by name; a document is seldom one.
    const bool holds_records = objects > 0 && (is_array || (objects == at.count && objects > 1));
    if (holds_records && objects > best.records)
        best = {path + "[*]", objects};
    if (is_array)
        return;
    for (const auto &child : at.children())
        if (is_usable_step(child.name))
            look_for_records(child, path + "." + std::string{child.name}, depth + 1, best);
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
    place best{"$", 0};
    look_for_records(tree.root(), "$", 0, best);
    spec.records = best.path;
    return spec;
}

config::source_spec spec_of(const input_file &file) {
    const auto ending = lower_ascii(file.path.extension().string());
    const auto first = trim(beginning_of(file, 4096)).substr(0, 1);
    if (ending == ".jsonl" || ending == ".ndjson")
        return by_row(source_kind::jsonl);
    if (ending == ".json" || (ending != ".csv" && ending != ".tsv" && (first == "{" || first == "[")))
        return json_spec(file);
    return csv_spec(file);
}

/// The fields of the records, with what is needed to find a key among them.
class collected_fields {
  public:
    void add(const node &object, const std::string &inside) {
        for (const auto &member : object.children()) {
            const auto name = inside + std::string{member.name};
            if (member.is(node_kind::object) && inside.empty())
                add(member, name + ".");
            else if (!member.is(node_kind::object) && !member.is(node_kind::array))
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
            seen_.emplace_back();
        }
        ++fields_[at->second].present;
        if (value.is(node_kind::null) || (value.is(node_kind::string) && trim(value.text).empty()))
            return;
        auto &field = fields_[at->second];
        const bool is_boolean = value.is(node_kind::boolean);
        const std::string_view text = is_boolean ? std::string_view{"true"} : value.text;
        ++field.filled;
        field.bytes += static_cast<std::int64_t>(text.size());
        const bool is_whole = value.is(node_kind::string) || value.text.find_first_of(".eE") == std::string_view::npos;
        if (is_boolean || !is_whole || text.size() > longest_key ||
            !(field.is_key && seen_[at->second].insert(std::hash<std::string_view>{}(text)).second)) {
            field.is_key = false;
            seen_[at->second].clear();
        }
    }

    std::map<std::string, std::size_t> places_;
    std::vector<sketched_field> fields_;
    std::vector<std::unordered_set<std::size_t>> seen_; ///< by field: hashes of its values
};

/// Smaller is better: what is called an id, then what comes first.
int rank_as_key(const std::string &name) {
    const auto lower = lower_ascii(name);
    if (lower == "id" || lower == "key" || lower == "uuid")
        return 0;
    return lower.ends_with("id") || lower.ends_with("key") || lower.ends_with("number") ? 1 : 2;
}

config::key_spec key_of(const std::vector<sketched_field> &fields, std::int64_t records) {
    config::key_spec key;
    const sketched_field *best = nullptr;
    for (const auto &field : fields)
        if (field.is_key && (best == nullptr || rank_as_key(field.name) < rank_as_key(best->name)))
            best = &field;
    if (best != nullptr) {
        key.fields = {best->name};
        return key;
    }
    for (const auto &field : fields)
        if (field.present == records)
            key.fields.push_back(field.name);
    key.type = key.fields.empty() ? config::key_spec::kind::row : config::key_spec::kind::hash;
    return key;
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
        throw usage_error{"the records of " + file.string() + " have no fields with text or numbers"};
    found.source.key = key_of(found.fields, found.records);
    return found;
}

} // namespace smelt::source
