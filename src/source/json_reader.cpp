#include "json_elements.hpp"
#include "object_row.hpp"
#include "readers.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json/writer.hpp"
#include "smelt/source/known_rows.hpp"
#include "smelt/source/reader.hpp"

namespace smelt::source {
namespace {

/// Records of one JSON document.
class json_reader : public reader {
  public:
    json_reader(const config::source_spec &spec, const input_file &file, const std::set<std::string> &content_fields,
                known_rows *known)
        : name_{file.path.string()},
          path_{spec.records},
          member_field_{spec.member},
          rows_{spec, name_, content_fields},
          elements_{file, path_of(spec)},
          known_{known} {
        if (known_ != nullptr)
            known_->begin(shape_of(spec));
    }

    bool next(row &into) override {
        do {
            if (!elements_.next(element_))
                return false;
            make_object();
        } while (known_ != nullptr && known_->seen(element_.text));
        rows_.read(element_.text, element_.line, ++number_, "a record is one JSON object", into);
        if (known_ != nullptr)
            known_->add(into.key);
        return true;
    }

    [[nodiscard]] std::vector<std::string> columns() const override { return rows_.columns(); }
    [[nodiscard]] std::vector<std::string> notes() const override {
        if (number_ > 0 || (known_ != nullptr && known_->skipped() > 0))
            return {};
        return {name_ + ": no record" + (path_.empty() ? std::string{} : " at " + path_)};
    }
    [[nodiscard]] std::uint64_t digest() const override { return elements_.digest(); }

  private:
    static std::optional<std::vector<json_text::path_step>> path_of(const config::source_spec &spec) {
        return spec.records.empty() ? std::nullopt : json_text::parse_path(spec.records);
    }

    /// A value that is no object becomes one, and the name of a member a field. A field that is called so too stands
    /// twice then, which is refused.
    void make_object() {
        if (!element_.text.starts_with('{'))
            element_.text = "{\"value\":" + element_.text + "}";
        if (!element_.name)
            return;
        std::string begin = "{";
        json_text::append_json_string(begin, member_field_);
        begin += ':';
        json_text::append_json_string(begin, *element_.name);
        const auto rest = element_.text.find_first_not_of(" \t\r\n", 1);
        if (element_.text[rest] != '}')
            begin += ',';
        element_.text.replace(0, 1, begin);
    }

    std::string name_;
    std::string path_;
    std::string member_field_;
    object_row rows_;
    json_elements elements_;
    json_elements::element element_;
    std::int64_t number_ = 0; ///< of the record, among those of the file
    known_rows *known_;
};

} // namespace

std::unique_ptr<reader> open_json(const config::source_spec &spec, const input_file &file,
                                  const std::set<std::string> &content_fields, known_rows *known) {
    return std::make_unique<json_reader>(spec, file, content_fields, known);
}

} // namespace smelt::source
