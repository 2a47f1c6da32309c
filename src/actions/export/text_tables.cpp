#include "csv.hpp"
#include "export_cells.hpp"

#include "smelt/actions/table_writer.hpp"
#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/json/writer.hpp"

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace smelt::actions {
namespace {

constexpr std::size_t block_bytes = 64UL * 1024;
constexpr std::array<std::pair<std::string_view, table_format>, 4> formats{{{"csv", table_format::csv},
                                                                            {"jsonl", table_format::jsonl},
                                                                            {"json", table_format::json},
                                                                            {"xlsx", table_format::xlsx}}};

/// Gathers what is written into pieces that are worth a call.
class text_block {
  public:
    explicit text_block(text_sink out) : out_{std::move(out)} {}
    std::string &text() { return text_; }
    void pass_on(bool all = false) {
        if (text_.empty() || (!all && text_.size() < block_bytes))
            return;
        out_(text_);
        text_.clear();
    }

  private:
    text_sink out_;
    std::string text_;
};

bool is_number(std::string_view text) {
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

/// A spreadsheet takes such a cell for a formula, whatever program wrote it (CWE-1236).
bool looks_like_formula(std::string_view text) {
    return !text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos &&
           !is_number(text);
}

class csv_table final : public table_writer {
  public:
    csv_table(const table_options &options, const std::vector<std::string> &names, text_sink out)
        : block_{std::move(out)}, is_for_spreadsheet_{options.spreadsheet} {
        if (is_for_spreadsheet_)
            block_.text() = "\xEF\xBB\xBF";
        csv_row row{block_.text()};
        for (const auto &name : names)
            row.field(safe(name));
        row.end();
    }

    void row(const std::vector<cell> &cells) override {
        csv_row row{block_.text()};
        for (const auto &cell : cells)
            row.field(safe(text_of(cell)));
        row.end();
        block_.pass_on();
    }

    void flush() override { block_.pass_on(true); }
    void finish() override { flush(); }

  private:
    /// An apostrophe makes a text of it.
    [[nodiscard]] std::string safe(std::string text) const {
        if (is_for_spreadsheet_ && looks_like_formula(text))
            text.insert(0, 1, '\'');
        return text;
    }

    text_block block_;
    bool is_for_spreadsheet_;
};

/// Objects with the names of the columns, one a line, or as an array.
class json_table final : public table_writer {
  public:
    json_table(bool is_array, const std::vector<std::string> &names, text_sink out)
        : block_{std::move(out)}, is_array_{is_array} {
        for (const auto &name : names) {
            std::string prefix = prefixes_.empty() ? "{" : ",";
            json_text::append_json_string(prefix, name);
            prefixes_.push_back(prefix + ":");
        }
        if (is_array_)
            block_.text() = "[";
    }

    void row(const std::vector<cell> &cells) override {
        auto &out = block_.text();
        if (is_array_)
            out += std::exchange(is_first_, false) ? "\n" : ",\n";
        for (std::size_t i = 0; i < cells.size(); ++i) {
            out += prefixes_[i];
            if (cells[i].text.empty())
                out += "null";
            else if (cells[i].is_json)
                out += cells[i].text;
            else
                json_text::append_json_string(out, cells[i].text);
        }
        out += is_array_ ? "}" : "}\n";
        block_.pass_on();
    }

    void flush() override { block_.pass_on(true); }
    void finish() override {
        if (is_array_)
            block_.text() += is_first_ ? "]\n" : "\n]\n";
        flush();
    }

  private:
    text_block block_;
    bool is_array_;
    bool is_first_ = true;
    std::vector<std::string> prefixes_; ///< what stands before each value
};

} // namespace

table_format table_format_of(const std::string &name, const std::string &file) {
    const auto dot = file.rfind('.');
    const bool has_ending = dot != std::string::npos && file.find('/', dot) == std::string::npos;
    const auto wanted = !name.empty() ? name : has_ending ? lower_ascii(file.substr(dot + 1)) : std::string{"csv"};
    for (const auto &[known, format] : formats)
        if (wanted == known)
            return format;
    throw usage_error{"the ending ." + wanted + " says no format", "say --format csv, jsonl, json or xlsx"};
}

std::string ending_of(table_format format) {
    for (const auto &[name, known] : formats)
        if (known == format)
            return "." + std::string{name};
    return {};
}

std::unique_ptr<table_writer> make_text_table(const table_options &options, const std::vector<std::string> &names,
                                              text_sink out) {
    if (options.format == table_format::csv)
        return std::make_unique<csv_table>(options, names, std::move(out));
    if (options.format == table_format::xlsx)
        throw std::logic_error{"a workbook is no text"};
    return std::make_unique<json_table>(options.format == table_format::json, names, std::move(out));
}

} // namespace smelt::actions
