#include "line_reader.hpp"
#include "readers.hpp"
#include "row_parts.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/config/suggest.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json/text_scan.hpp"
#include "smelt/json/writer.hpp"
#include "smelt/source/known_rows.hpp"
#include "smelt/source/reader.hpp"

#include <algorithm>

namespace smelt::source {
namespace {

using json_text::node;
using json_text::node_kind;

constexpr json_text::read_rules record_rules{
    .numbers = json_text::number_range::numeric, .storable_text = true, .names = json_text::unique_names::outermost};

std::string written(const node &value) {
    std::string out;
    json_text::append_json(out, value);
    return out;
}

class key_reader {
  public:
    key_reader(const config::key_spec &spec, std::string where) : spec_{spec}, where_{std::move(where)}, maker_{spec} {}

    /// number: which record of its file it is.
    std::string read(const node &object, std::int64_t line, std::int64_t number) {
        if (spec_.type == config::key_spec::kind::row)
            return key_maker::of_row(where_, number);
        std::vector<std::string> texts;
        for (const auto &field : spec_.fields)
            texts.push_back(value_of(object, field, line));
        auto key = maker_.of_values({texts.begin(), texts.end()});
        check_key(key, where_, line);
        return key;
    }

    [[nodiscard]] const std::string &where() const { return where_; }

  private:
    [[noreturn]] void fail(std::int64_t line, const std::string &message, const std::string &hint) const {
        throw file_error{where_, static_cast<int>(line), message, hint};
    }

    /// Text or a whole number: anything else has more than one spelling. In a hash anything counts by its JSON text.
    std::string value_of(const node &object, const std::string &field, std::int64_t line) const {
        const auto *member = object.find(field);
        if (!member) {
            std::vector<std::string> names;
            for (const auto &other : object.children())
                names.emplace_back(other.name);
            fail(line,
                 "the object has no \"" + field + "\", which is " +
                     (spec_.fields.size() == 1 ? "the key" : "part of the key"),
                 config::did_you_mean(field, names));
        }
        const bool whole = member->is(node_kind::number) && member->text.find_first_of(".eE") == std::string_view::npos;
        if (whole || member->is(node_kind::string))
            return std::string{member->text};
        if (spec_.type == config::key_spec::kind::hash)
            return written(*member);
        fail(line, "the key \"" + field + "\" must be text or a whole number",
             "it is " + std::string{clip_utf8(written(*member), 80)});
    }

    config::key_spec spec_;
    std::string where_;
    key_maker maker_;
};

/// In the order of the names.
std::set<std::string> names_that_count(const node &object, const std::set<std::string> &content) {
    std::set<std::string> names;
    for (const auto &member : object.children())
        if (is_content(content, member.name))
            names.emplace(member.name);
    return names;
}

std::string content_hash(const node &object, const std::set<std::string> &content, content_hasher &hash) {
    const bool are_all = content.contains("*");
    for (const auto &field : are_all ? names_that_count(object, content) : content) {
        const auto *member = object.find(field);
        if (!member)
            hash.add(field, content_kind::absent);
        else if (member->is(node_kind::null))
            hash.add(field, content_kind::null);
        else if (member->is(node_kind::string))
            hash.add(field, content_kind::text, member->text);
        else
            hash.add(field, content_kind::other, written(*member));
    }
    return hash.hex();
}

/// Why a text is no object that can be a record, and at which byte.
struct problem {
    std::string message; ///< empty: none
    std::size_t at = 0;
};

problem problem_of(const json_text::read_result &read, const json_text::json_tree &tree) {
    if (read.error != json_text::read_error::none)
        return {json_text::describe(read), read.offset};
    if (!tree.root().is(node_kind::object))
        return {"not a JSON object", 0};
    return {};
}

/// The text is known to be UTF-8 without NUL.
void read_object(std::string_view object_json, key_reader &keys, const std::set<std::string> &content_fields,
                 std::int64_t line, std::int64_t number, content_hasher &hash, row &into) {
    constexpr std::size_t most_kept = 1 << 20;
    thread_local json_text::json_tree tree; // its memory serves the next record
    const auto text = trim(object_json);
    const auto read = json_text::read_json(text, tree, record_rules);
    if (const auto found = problem_of(read, tree); !found.message.empty()) {
        const auto blanks = static_cast<std::size_t>(text.data() - object_json.data());
        throw file_error{keys.where(), static_cast<int>(line),
                         found.message + " (at byte " + std::to_string(blanks + found.at + 1) + ")",
                         "each line must be one JSON object"};
    }
    into.key = keys.read(tree.root(), line, number);
    into.fields = text;
    into.content_hash = content_hash(tree.root(), content_fields, hash);
    into.line = line;
    tree.shrink(most_kept);
}

class jsonl_reader : public reader {
  public:
    jsonl_reader(const config::source_spec &spec, const input_file &file, const std::set<std::string> &content_fields,
                 known_rows *known)
        : keys_{spec.key, file.path.string()}, content_{content_fields}, lines_{file}, known_{known} {
        std::string shape = "jsonl 1";
        for (const auto &field : spec.key.fields)
            shape += "\n" + field;
        if (known_ != nullptr)
            known_->begin(shape);
    }

    bool next(row &into) override {
        std::string_view line;
        do {
            if (!lines_.next(line))
                return false;
        } while (trim(line).empty() || (known_ != nullptr && known_->seen(trim(line))));
        read_object(line, keys_, content_, lines_.number(), ++number_, hash_, into);
        if (known_ != nullptr)
            known_->add(into.key);
        return true;
    }

  private:
    key_reader keys_;
    std::int64_t number_ = 0; ///< of the record, among those of the file
    std::set<std::string> content_;
    line_reader lines_;
    known_rows *known_;
    content_hasher hash_;
};

} // namespace

row row_from_object(std::string_view object_json, const config::key_spec &key,
                    const std::set<std::string> &content_fields, const std::string &where, std::int64_t line) {
    const auto text = trim(object_json);
    if (const auto bad = json_text::find_unstorable(text); bad != std::string_view::npos)
        throw file_error{where, static_cast<int>(line), "not UTF-8, or NUL, at byte " + std::to_string(bad + 1)};
    row result;
    content_hasher hash;
    key_reader keys{key, where};
    read_object(object_json, keys, content_fields, line, line, hash, result);
    return result;
}

std::unique_ptr<reader> open_jsonl(const config::source_spec &spec, const input_file &file,
                                   const std::set<std::string> &content_fields, known_rows *known) {
    return std::make_unique<jsonl_reader>(spec, file, content_fields, known);
}

} // namespace smelt::source
