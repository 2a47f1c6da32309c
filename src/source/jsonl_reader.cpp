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

/// Text or a whole number: anything else has more than one spelling.
std::string key_of(const node &object, const std::string &field, const std::string &where, std::int64_t line) {
    const auto fail = [&](const std::string &message, const std::string &hint) {
        throw file_error{where, static_cast<int>(line), message, hint};
    };
    const auto *member = object.find(field);
    if (!member) {
        std::vector<std::string> names;
        for (const auto &other : object.children())
            names.emplace_back(other.name);
        fail("the object has no \"" + field + "\", which is the key", config::did_you_mean(field, names));
    }
    const bool whole = member->is(node_kind::number) && member->text.find_first_of(".eE") == std::string_view::npos;
    if (!whole && !member->is(node_kind::string))
        fail("the key \"" + field + "\" must be text or a whole number",
             "it is " + std::string{clip_utf8(written(*member), 80)});
    check_key(member->text, where, line);
    return std::string{member->text};
}

std::string content_hash(const node &object, const std::set<std::string> &fields, content_hasher &hash) {
    for (const auto &field : fields) { // a set: sorted
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
void read_object(std::string_view object_json, const std::string &key_field,
                 const std::set<std::string> &content_fields, const std::string &where, std::int64_t line,
                 content_hasher &hash, row &into) {
    constexpr std::size_t most_kept = 1 << 20;
    thread_local json_text::json_tree tree; // its memory serves the next record
    const auto text = trim(object_json);
    const auto read = json_text::read_json(text, tree, record_rules);
    if (const auto found = problem_of(read, tree); !found.message.empty()) {
        const auto blanks = static_cast<std::size_t>(text.data() - object_json.data());
        throw file_error{where, static_cast<int>(line),
                         found.message + " (at byte " + std::to_string(blanks + found.at + 1) + ")",
                         "each line must be one JSON object"};
    }
    into.key = key_of(tree.root(), key_field, where, line);
    into.fields = text;
    into.content_hash = content_hash(tree.root(), content_fields, hash);
    into.line = line;
    tree.shrink(most_kept);
}

class jsonl_reader : public reader {
  public:
    jsonl_reader(const config::source_spec &spec, const input_file &file, const std::set<std::string> &content_fields,
                 known_rows *known)
        : name_{file.path.string()}, key_{spec.key}, content_{content_fields}, lines_{file}, known_{known} {
        if (known_ != nullptr)
            known_->begin("jsonl 1\n" + key_);
    }

    bool next(row &into) override {
        std::string_view line;
        do {
            if (!lines_.next(line))
                return false;
        } while (trim(line).empty() || (known_ != nullptr && known_->seen(trim(line))));
        read_object(line, key_, content_, name_, lines_.number(), hash_, into);
        if (known_ != nullptr)
            known_->add(into.key);
        return true;
    }

  private:
    std::string name_;
    std::string key_;
    std::set<std::string> content_;
    line_reader lines_;
    known_rows *known_;
    content_hasher hash_;
};

} // namespace

row row_from_object(std::string_view object_json, const std::string &key_field,
                    const std::set<std::string> &content_fields, const std::string &where, std::int64_t line) {
    const auto text = trim(object_json);
    if (const auto bad = json_text::find_unstorable(text); bad != std::string_view::npos)
        throw file_error{where, static_cast<int>(line), "not UTF-8, or NUL, at byte " + std::to_string(bad + 1)};
    row result;
    content_hasher hash;
    read_object(object_json, key_field, content_fields, where, line, hash, result);
    return result;
}

std::unique_ptr<reader> open_jsonl(const config::source_spec &spec, const input_file &file,
                                   const std::set<std::string> &content_fields, known_rows *known) {
    return std::make_unique<jsonl_reader>(spec, file, content_fields, known);
}

} // namespace smelt::source
