#include "json_scan.hpp"
#include "line_reader.hpp"
#include "readers.hpp"
#include "row_parts.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/config/suggest.hpp"
#include "smelt/json/text_scan.hpp"
#include "smelt/source/reader.hpp"

#include <algorithm>

namespace smelt::source {
namespace {

using members = std::vector<json_member>;

const json_member *find(const members &all, std::string_view name) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const json_member &m) { return m.name == name; });
    return found == all.end() ? nullptr : &*found;
}

/// Text or a whole number: anything else has more than one spelling.
std::string key_of(const members &all, const std::string &field, const std::string &where, std::int64_t line) {
    const auto fail = [&](const std::string &message, const std::string &hint) {
        throw file_error{where, static_cast<int>(line), message, hint};
    };
    const auto *member = find(all, field);
    std::string key;
    if (!member) {
        std::vector<std::string> names;
        for (const auto &other : all)
            names.push_back(other.name);
        fail("the object has no \"" + field + "\", which is the key", config::did_you_mean(field, names));
    } else if (member->kind == json_kind::text) {
        key = decode_string(member->raw);
    } else if (member->kind == json_kind::number && member->raw.find_first_of(".eE") == std::string_view::npos) {
        key = member->raw;
    } else {
        fail("the key \"" + field + "\" must be text or a whole number",
             "it is " + std::string{clip_utf8(member->raw, 80)});
    }
    check_key(key, where, line);
    return key;
}

std::string content_hash(const members &all, const std::set<std::string> &fields, content_hasher &hash) {
    for (const auto &field : fields) { // a set: sorted
        const auto *member = find(all, field);
        if (!member)
            hash.add(field, content_kind::absent);
        else if (member->kind == json_kind::null)
            hash.add(field, content_kind::null);
        else if (member->kind == json_kind::text)
            hash.add(field, content_kind::text, decode_string(member->raw));
        else
            hash.add(field, content_kind::other, member->raw);
    }
    return hash.hex();
}

/// The text is known to be storable.
void read_object(std::string_view object_json, const std::string &key_field,
                 const std::set<std::string> &content_fields, const std::string &where, std::int64_t line,
                 content_hasher &hash, row &into) {
    const auto text = trim(object_json);
    members all;
    try {
        all = scan_object(text);
    } catch (const scan_error &e) {
        const auto blanks = static_cast<std::size_t>(text.data() - object_json.data());
        throw file_error{where, static_cast<int>(line),
                         std::string{e.what()} + " (at byte " + std::to_string(blanks + e.at() + 1) + ")",
                         "each line must be one JSON object"};
    }
    into.key = key_of(all, key_field, where, line);
    into.fields = text;
    into.content_hash = content_hash(all, content_fields, hash);
    into.line = line;
}

class jsonl_reader : public reader {
  public:
    jsonl_reader(const config::source_spec &spec, const input_file &file, const std::set<std::string> &content_fields)
        : name_{file.path.string()}, key_{spec.key}, content_{content_fields}, lines_{file} {}

    bool next(row &into) override {
        std::string_view line;
        do {
            if (!lines_.next(line))
                return false;
        } while (trim(line).empty());
        read_object(line, key_, content_, name_, lines_.number(), hash_, into);
        return true;
    }

  private:
    std::string name_;
    std::string key_;
    std::set<std::string> content_;
    line_reader lines_;
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
                                   const std::set<std::string> &content_fields) {
    return std::make_unique<jsonl_reader>(spec, file, content_fields);
}

} // namespace smelt::source
