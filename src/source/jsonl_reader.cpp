#include "line_reader.hpp"
#include "object_row.hpp"
#include "readers.hpp"

#include "smelt/base/text.hpp"
#include "smelt/source/known_rows.hpp"
#include "smelt/source/reader.hpp"

namespace smelt::source {
namespace {

class jsonl_reader : public reader {
  public:
    jsonl_reader(const config::source_spec &spec, const input_file &file, const std::set<std::string> &content_fields,
                 known_rows *known)
        : rows_{spec, file.path.string(), content_fields}, lines_{file}, known_{known} {
        if (known_ != nullptr)
            known_->begin(shape_of(spec));
    }

    bool next(row &into) override {
        std::string_view line;
        do {
            if (!lines_.next(line))
                return false;
        } while (trim(line).empty() || (known_ != nullptr && known_->seen(trim(line))));
        rows_.read(line, lines_.number(), ++number_, "each line must be one JSON object", into);
        if (known_ != nullptr)
            known_->add(into.key);
        return true;
    }

    [[nodiscard]] std::vector<std::string> columns() const override { return rows_.columns(); }
    [[nodiscard]] std::uint64_t digest() const override { return lines_.digest(); }

  private:
    object_row rows_;
    std::int64_t number_ = 0; ///< of the record, among those of the file
    line_reader lines_;
    known_rows *known_;
};

} // namespace

std::unique_ptr<reader> open_jsonl(const config::source_spec &spec, const input_file &file,
                                   const std::set<std::string> &content_fields, known_rows *known) {
    return std::make_unique<jsonl_reader>(spec, file, content_fields, known);
}

} // namespace smelt::source
