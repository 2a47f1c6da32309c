#include "line_reader.hpp"
#include "readers.hpp"
#include "row_parts.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json/text_scan.hpp"
#include "smelt/json/writer.hpp"
#include "smelt/source/reader.hpp"

#include <utility>

namespace smelt::source {
namespace {

/// One record per file. The lines are read only to be checked: the text is the whole file.
class text_reader : public reader {
  public:
    text_reader(const input_file &file, const std::set<std::string> &content_fields)
        : name_{file.path.generic_string()}, content_{content_fields}, lines_{file} {}

    bool next(row &into) override {
        if (std::exchange(done_, true))
            return false;
        check_key(name_, name_, 0);
        if (json_text::find_unstorable(name_) != std::string::npos)
            throw file_error{name_, 0, "the file's name is not UTF-8", "rename it"};
        std::string text;
        for (std::string_view line; lines_.next(line); text += line)
            if (text.size() > longest_row)
                lines_.fail(0, "the file is longer than 64 MB", "a text source makes one record of each file");
        into.key = name_;
        into.line = 1;
        into.fields = "{\"text\":";
        json_text::append_json_string(into.fields, text);
        into.fields += ",\"file\":";
        json_text::append_json_string(into.fields, name_);
        into.fields += '}';
        content_hasher hash;
        for (const auto &field : content_) {
            if (field == "text" || field == "file")
                hash.add(field, content_kind::text, field == "text" ? text : name_);
            else
                hash.add(field, content_kind::absent);
        }
        into.content_hash = hash.hex();
        return true;
    }

  private:
    std::string name_;
    std::set<std::string> content_;
    line_reader lines_;
    bool done_ = false;
};

} // namespace

std::unique_ptr<reader> open_text(const input_file &file, const std::set<std::string> &content_fields) {
    return std::make_unique<text_reader>(file, content_fields);
}

} // namespace smelt::source
