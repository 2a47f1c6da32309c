#pragma once

#include "line_reader.hpp"

#include "smelt/source/known_rows.hpp"

#include <csv.h>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::source {

/// The rows of a CSV file as cells. libcsv parses in strict mode and gets one physical line at a time, so the line on
/// which a row begins is known. Blanks belong to the cells; lines that are empty are skipped.
class row_parser {
  public:
    /// quotes: false where a quote is a character like any other.
    row_parser(const input_file &file, char delimiter, bool quotes);
    ~row_parser();
    row_parser(const row_parser &) = delete;
    row_parser &operator=(const row_parser &) = delete;

    /// From now on next() passes over the rows that are known.
    void leave_out(known_rows &known) { known_ = &known; }
    /// False at the end. Throws file_error for bad quoting and lone carriage returns.
    bool next();

    [[nodiscard]] std::size_t size() const { return ends_.size(); }
    [[nodiscard]] std::string_view cell(std::size_t i) const {
        const auto begin = i == 0 ? 0 : ends_[i - 1];
        return std::string_view{text_}.substr(begin, ends_[i] - begin);
    }
    [[nodiscard]] std::uint64_t digest() const { return lines_.digest(); }
    /// Line on which the row begins.
    [[nodiscard]] std::int64_t line() const { return line_; }
    [[noreturn]] void fail(const std::string &message, const std::string &hint = {}) const {
        lines_.fail(line_, message, hint);
    }

  private:
    static void on_cell(void *cell, std::size_t size, void *self) noexcept;
    static void on_row(int terminator, void *self) noexcept;
    bool next_row();
    void split(std::string_view line);
    void feed(std::string_view line);
    void finish();
    void check_one_row() const;

    line_reader lines_;
    csv_parser parser_{};
    std::string text_;              ///< the cells' text, one after the other
    std::vector<std::size_t> ends_; ///< where each ends in text_
    std::size_t rows_ = 0;          ///< that libcsv completed on this line
    std::int64_t line_ = 0;
    bool open_ = false; ///< a quoted cell goes on on the next line
    std::size_t row_size_ = 0;
    char delimiter_;
    bool quotes_;
    known_rows *known_ = nullptr;
    std::string lines_text_; ///< of a row that has more than one line, while known_ is set
};

} // namespace smelt::source
