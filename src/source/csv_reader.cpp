#include "csv_parser.hpp"
#include "readers.hpp"
#include "row_parts.hpp"

#include "smelt/config/suggest.hpp"
#include "smelt/json/text_scan.hpp"
#include "smelt/json/writer.hpp"
#include "smelt/source/known_rows.hpp"
#include "smelt/source/reader.hpp"

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
        : name_{file.path.string()}, rows_{file, spec.delimiter, spec.quotes}, known_{known}, key_{spec.key} {
        read_header();
        for (const auto &field : spec.key.fields) {
            key_columns_.push_back(column(field));
            if (key_columns_.back() == nowhere)
                rows_.fail("there is no column \"" + field + "\" for the key", config::did_you_mean(field, names_));
        }
        for (const auto &field : spec.content)
            if (column(field) == nowhere)
                rows_.fail("there is no column \"" + field + "\" (named by source.content)",
                           config::did_you_mean(field, names_));
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
        if (!rows_.next())
            return false;
        if (rows_.size() != names_.size())
            fail_size();
        ++number_;
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
                hash_.add(field, content_kind::text, rows_.cell(at));
        }
        into.content_hash = hash_.hex();
        return true;
    }

  private:
    std::string key_of_row() {
        if (key_columns_.empty())
            return key_maker::of_row(name_, number_);
        values_.clear();
        for (const auto at : key_columns_)
            values_.push_back(rows_.cell(at));
        return key_.of_values(values_);
    }

    void expect_known(const config::source_spec &spec) {
        std::string shape = "csv 1\n";
        for (const auto &field : spec.key.fields)
            shape += field + "\n";
        shape += spec.delimiter + std::string{spec.quotes ? "" : "none"};
        for (const auto &prefix : prefixes_)
            shape += prefix;
        known_->begin(shape);
        rows_.leave_out(*known_);
    }

    void read_header() {
        if (!rows_.next())
            rows_.fail("the file is empty", "the first line must name the columns");
        std::map<std::string, std::size_t> seen;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            // The row names of a data frame are written below a header without a name.
            const std::string name{i == 0 && rows_.cell(0).empty() ? nameless_first : rows_.cell(i)};
            if (name.empty())
                rows_.fail("column " + std::to_string(i + 1) + " has no name", "the first line must name every column");
            if (const auto [first, is_new] = seen.emplace(name, i); !is_new)
                rows_.fail("columns " + std::to_string(first->second + 1) + " and " + std::to_string(i + 1) +
                           " are both named \"" + name + "\"");
            names_.push_back(name);
            std::string prefix = i == 0 ? "{" : ",";
            json_text::append_json_string(prefix, name);
            prefixes_.push_back(prefix + ":");
        }
    }

    std::size_t column(const std::string &name) const {
        const auto found = std::find(names_.begin(), names_.end(), name);
        return found == names_.end() ? nowhere : static_cast<std::size_t>(found - names_.begin());
    }

    void write_fields(std::string &into) const {
        into.clear();
        for (std::size_t i = 0; i < names_.size(); ++i) {
            into += prefixes_[i];
            json_text::append_json_string(into, rows_.cell(i));
        }
        into += '}';
    }

    [[noreturn]] void fail_size() const {
        std::string hint = "a cell that holds the delimiter must be \"quoted\"";
        if (names_.size() == 1)
            hint = "is the delimiter right? Set source.delimiter";
        rows_.fail("the row has " + std::to_string(rows_.size()) + (rows_.size() == 1 ? " column" : " columns") +
                       ", the header has " + std::to_string(names_.size()),
                   hint);
    }

    std::string name_;
    row_parser rows_;
    known_rows *known_;
    std::vector<std::string> names_;
    std::vector<std::string> prefixes_; ///< what stands before each value in the JSON object
    key_maker key_;
    std::vector<std::size_t> key_columns_;
    std::vector<std::string_view> values_;
    std::int64_t number_ = 0;                                  ///< of the row, among those of the file
    std::vector<std::pair<std::string, std::size_t>> content_; ///< in the order of the names
    content_hasher hash_;
};

} // namespace

std::unique_ptr<reader> open_csv(const config::source_spec &spec, const input_file &file,
                                 const std::set<std::string> &content_fields, known_rows *known) {
    return std::make_unique<csv_reader>(spec, file, content_fields, known);
}

} // namespace smelt::source
