#include "csv_parser.hpp"
#include "derived_fields.hpp"
#include "readers.hpp"
#include "row_parts.hpp"

#include "smelt/config/suggest.hpp"
#include "smelt/json/text_scan.hpp"
#include "smelt/json/writer.hpp"
#include "smelt/source/known_rows.hpp"
#include "smelt/source/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

namespace smelt::source {
namespace {

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
constexpr std::string_view nameless_first = "column_1";

class csv_reader : public reader {
  public:
    csv_reader(const config::source_spec &spec, const input_file &file, const std::set<std::string> &content_fields,
               known_rows *known)
        : name_{file.path.string()},
          rows_{file, spec.delimiter, spec.quotes},
          known_{known},
          derived_{spec.derive, name_},
          key_{spec.key} {
        read_header();
        add_derived();
        for (const auto &field : spec.key.fields) {
            key_columns_.push_back(column(field));
            if (key_columns_.back() == nowhere)
                rows_.fail("there is no column \"" + field + "\" for the key", hint_for(field));
        }
        if (spec.text_file && column(spec.text_file->column) == nowhere)
            rows_.fail("there is no column \"" + spec.text_file->column + "\" (text_file.column names it)",
                       hint_for(spec.text_file->column));
        for (const auto &field : spec.content)
            if (column(field) == nowhere && !(spec.text_file && field == spec.text_file->field))
                rows_.fail("there is no column \"" + field + "\" (named by source.content)", hint_for(field));
        auto names = content_fields; // a set: sorted
        if (content_fields.contains("*")) {
            names.clear();
            std::ranges::copy_if(names_, std::inserter(names, names.end()),
                                 [&](const auto &name) { return is_content(content_fields, name); });
        }
        for (const auto &field : names)
            content_.emplace_back(field, column(field));
        if (known_ != nullptr)
            expect_known(spec);
    }

    bool next(row &into) override {
        do {
            if (!rows_.next())
                return false;
            if (rows_.size() != of_file_)
                fail_size();
        } while (is_header_again());
        ++number_;
        derive();
        into.line = rows_.line();
        into.key = key_of_row();
        if (known_ != nullptr)
            known_->add(into.key);
        check_key(into.key, name_, into.line);
        write_fields(into.fields);
        for (const auto &[field, at] : content_) {
            if (at == nowhere)
                hash_.add(field, content_kind::absent);
            else
                hash_.add(field, content_kind::text, cell(at));
        }
        into.content_hash = hash_.hex();
        return true;
    }

    [[nodiscard]] std::vector<std::string> columns() const override { return names_; }
    [[nodiscard]] std::uint64_t digest() const override { return rows_.digest(); }

    [[nodiscard]] std::vector<std::string> notes() const override {
        std::vector<std::string> notes;
        if (headers_again_ > 0)
            notes.push_back(fmt::format(
                "{}: the header line stands in it {} again, the first time on line {}; left out", name_,
                headers_again_ == 1 ? "once" : fmt::format("{} times", headers_again_), first_header_again_));
        if (number_ == 0 && (known_ == nullptr || known_->skipped() == 0))
            notes.push_back(name_ + ": a header and no rows");
        return notes;
    }

  private:
    /// As in files that were put together with cat, also with their byte order marks.
    bool is_header_again() {
        auto first = rows_.cell(0);
        if (first.starts_with("\xEF\xBB\xBF"))
            first.remove_prefix(3);
        if (first != first_cell_)
            return false;
        for (std::size_t i = 1; i < of_file_; ++i)
            if (rows_.cell(i) != names_[i])
                return false;
        if (headers_again_++ == 0)
            first_header_again_ = rows_.line();
        return true;
    }

    std::string key_of_row() {
        if (key_columns_.empty())
            return key_maker::of_row(name_, number_);
        values_.clear();
        for (const auto at : key_columns_)
            values_.push_back(cell(at));
        return key_.of_values(values_);
    }

    void expect_known(const config::source_spec &spec) {
        auto shape = shape_of(spec);
        for (const auto &prefix : prefixes_)
            shape += prefix;
        known_->begin(shape);
        rows_.leave_out(*known_);
    }

    void read_header() {
        if (!rows_.next())
            rows_.fail("the file is empty", "the first line must name the columns");
        first_cell_ = rows_.cell(0);
        std::map<std::string, std::size_t> seen;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            // The row names of a data frame are written below a header without a name.
            const std::string name{i == 0 && rows_.cell(0).empty() ? nameless_first : rows_.cell(i)};
            if (name.empty())
                rows_.fail("column " + std::to_string(i + 1) + " has no name", "the first line must name every column");
            if (const auto [first, is_new] = seen.emplace(name, i); !is_new)
                rows_.fail("columns " + std::to_string(first->second + 1) + " and " + std::to_string(i + 1) +
                           " are both named \"" + name + "\"");
            add_column(name);
        }
        of_file_ = names_.size();
    }

    void add_column(const std::string &name) {
        std::string prefix = names_.empty() ? "{" : ",";
        json_text::append_json_string(prefix, name);
        prefixes_.push_back(prefix + ":");
        names_.push_back(name);
    }

    void add_derived() {
        for (std::size_t i = 0; i < derived_.specs().size(); ++i) {
            const auto &field = derived_.specs()[i];
            if (column(field.from) == nowhere)
                derived_.fail_absent(i, 1, names_);
            if (column(field.name) != nowhere)
                derived_.fail_taken(i, 1);
            made_of_.push_back(column(field.from));
        }
        for (const auto &field : derived_.specs())
            add_column(field.name);
        derived_cells_.resize(made_of_.size());
    }

    void derive() {
        for (std::size_t i = 0; i < made_of_.size(); ++i)
            derived_cells_[i] = derived_.value(i, rows_.cell(made_of_[i]), rows_.line());
    }

    [[nodiscard]] std::string_view cell(std::size_t i) const {
        return i < of_file_ ? rows_.cell(i) : std::string_view{derived_cells_[i - of_file_]};
    }

    /// The character that separates the columns, when it is not the one that was named.
    [[nodiscard]] std::string other_delimiter() const {
        if (of_file_ != 1)
            return {};
        for (const auto &[character, shown] : {std::pair{';', "\";\""}, {'\t', "tab"}, {',', "\",\""}, {'|', "\"|\""}})
            if (names_.front().find(character) != std::string::npos)
                return fmt::format("the columns seem to be separated by {}: set source.delimiter: {}",
                                   character == '\t' ? "tabs" : shown, shown);
        return {};
    }

    [[nodiscard]] std::string hint_for(const std::string &field) const {
        const auto other = other_delimiter();
        return other.empty() ? config::did_you_mean(field, names_) : other;
    }

    std::size_t column(const std::string &name) const {
        const auto found = std::find(names_.begin(), names_.end(), name);
        return found == names_.end() ? nowhere : static_cast<std::size_t>(found - names_.begin());
    }

    void write_fields(std::string &into) const {
        into.clear();
        for (std::size_t i = 0; i < names_.size(); ++i) {
            into += prefixes_[i];
            json_text::append_json_string(into, cell(i));
        }
        into += '}';
    }

    [[noreturn]] void fail_size() const {
        std::string hint = "a cell that holds the delimiter must be \"quoted\"";
        if (of_file_ == 1)
            hint = other_delimiter().empty() ? "is the delimiter right? Set source.delimiter" : other_delimiter();
        rows_.fail("the row has " + std::to_string(rows_.size()) + (rows_.size() == 1 ? " column" : " columns") +
                       ", the header has " + std::to_string(of_file_),
                   hint);
    }

    std::string name_;
    row_parser rows_;
    known_rows *known_;
    std::vector<std::string> names_; ///< of the columns of the file, then of the derived ones
    std::size_t of_file_ = 0;        ///< how many are the file's
    derived_fields derived_;
    std::vector<std::size_t> made_of_; ///< by derived field: the column
    std::vector<std::string> derived_cells_;
    std::vector<std::string> prefixes_; ///< what stands before each value in the JSON object
    key_maker key_;
    std::vector<std::size_t> key_columns_;
    std::vector<std::string_view> values_;
    std::int64_t number_ = 0;                                  ///< of the row, among those of the file
    std::string first_cell_;                                   ///< of the header
    std::int64_t headers_again_ = 0, first_header_again_ = 0;  ///< how many, and the line of the first
    std::vector<std::pair<std::string, std::size_t>> content_; ///< in the order of the names
    content_hasher hash_;
};

} // namespace

std::unique_ptr<reader> open_csv(const config::source_spec &spec, const input_file &file,
                                 const std::set<std::string> &content_fields, known_rows *known) {
    return std::make_unique<csv_reader>(spec, file, content_fields, known);
}

} // namespace smelt::source
