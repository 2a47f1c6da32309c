#include "derived_fields.hpp"
#include "line_reader.hpp"
#include "readers.hpp"
#include "row_parts.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json/text_scan.hpp"
#include "smelt/json/writer.hpp"
#include "smelt/source/reader.hpp"

#include <map>
#include <utility>

namespace smelt::source {
namespace {

/// One record per file. The lines are read only to be checked: the text is the whole file.
class text_reader : public reader {
  public:
    text_reader(const config::source_spec &spec, const input_file &file, const std::set<std::string> &content_fields)
        : name_{file.path.generic_string()}, content_{content_fields}, derived_{spec.derive, name_}, lines_{file} {}

    bool next(row &into) override {
        if (std::exchange(done_, true))
            return false;
        check_key(name_, name_, 0);
        if (json_text::find_unstorable(name_) != std::string::npos)
            throw file_error{name_, 0, "the file's name is not UTF-8", "rename it"};
        std::map<std::string, std::string> fields{{"text", whole_text()}, {"file", name_}};
        for (std::size_t i = 0; i < derived_.specs().size(); ++i)
            fields[derived_.specs()[i].name] = derived_.value(i, fields.at(derived_.specs()[i].from), 0);
        into.key = name_;
        into.line = 1;
        into.fields.clear();
        for (const auto &[name, value] : fields) {
            into.fields += into.fields.empty() ? '{' : ',';
            json_text::append_json_string(into.fields, name);
            into.fields += ':';
            json_text::append_json_string(into.fields, value);
        }
        into.fields += '}';
        into.content_hash = hash_of(fields);
        return true;
    }

    [[nodiscard]] std::uint64_t digest() const override { return lines_.digest(); }
    [[nodiscard]] std::vector<std::string> columns() const override {
        std::vector<std::string> names{"file", "text"};
        for (const auto &field : derived_.specs())
            names.push_back(field.name);
        return names;
    }

  private:
    std::string whole_text() {
        std::string text;
        for (std::string_view line; lines_.next(line); text += line)
            if (text.size() > longest_row)
                lines_.fail(0, "the file is longer than 64 MB", "a text source makes one record of each file");
        return text;
    }

    [[nodiscard]] std::string hash_of(const std::map<std::string, std::string> &fields) const {
        content_hasher hash;
        if (content_.contains("*")) {
            for (const auto &[name, value] : fields)
                if (is_content(content_, name))
                    hash.add(name, content_kind::text, value);
            return hash.hex();
        }
        for (const auto &name : content_) {
            const auto found = fields.find(name);
            if (found != fields.end())
                hash.add(name, content_kind::text, found->second);
            else
                hash.add(name, content_kind::absent);
        }
        return hash.hex();
    }

    std::string name_;
    std::set<std::string> content_;
    derived_fields derived_;
    line_reader lines_;
    bool done_ = false;
};

} // namespace

std::unique_ptr<reader> open_text(const config::source_spec &spec, const input_file &file,
                                  const std::set<std::string> &content_fields) {
    return std::make_unique<text_reader>(spec, file, content_fields);
}

} // namespace smelt::source
