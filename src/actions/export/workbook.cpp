#include "json_members.hpp"

#include "smelt/actions/table_writer.hpp"
#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <xlsxwriter.h>

namespace smelt::actions {
namespace {

constexpr std::uint32_t most_rows = 1'048'576; // with the header
constexpr std::size_t most_columns = 16'384;
constexpr std::size_t most_characters = 32'767;

/// A number that a cell holds without losing digits: cells are doubles, which spreadsheets show with 15.
std::optional<double> exact_number(std::string_view text) {
    constexpr int exact_digits = 15;
    const auto digits = std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; });
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (digits > exact_digits || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::size_t characters_of(const std::string &text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class workbook final : public table_writer {
  public:
    workbook(const std::filesystem::path &file, std::vector<std::string> names)
        : file_{file}, names_{std::move(names)} {
        if (names_.size() > most_columns)
            throw usage_error{fmt::format("a sheet holds {} columns, and there are {}", group_digits(most_columns),
                                          group_digits(static_cast<std::int64_t>(names_.size()))),
                              "choose some with --columns FILE"};
        lxw_workbook_options options{};
        options.constant_memory = LXW_TRUE;
        book_ = ::workbook_new_opt(file_.c_str(), &options);
        sheet_ = book_ == nullptr ? nullptr : ::workbook_add_worksheet(book_, nullptr);
        if (sheet_ == nullptr)
            fail("the workbook cannot be made");
        for (std::size_t i = 0; i < names_.size(); ++i)
            write_text(names_[i], i);
        ::worksheet_freeze_panes(sheet_, 1, 0);
    }

    ~workbook() override {
        if (book_ != nullptr)
            ::lxw_workbook_free(book_);
    }
    workbook(const workbook &) = delete;
    workbook &operator=(const workbook &) = delete;

    void row(const std::vector<cell> &cells) override {
        if (++row_ >= most_rows)
            throw usage_error{
                fmt::format("a sheet holds {} rows with its header, and there are more", group_digits(most_rows)),
                "export CSV, or parts with --by or --where"};
        for (std::size_t i = 0; i < cells.size(); ++i)
            write(cells[i], i);
    }

    void finish() override {
        const auto error = ::workbook_close(std::exchange(book_, nullptr)); // frees it, too
        if (error != LXW_NO_ERROR)
            fail(::lxw_strerror(error));
    }

  private:
    void write(const cell &value, std::size_t column) {
        const auto at = static_cast<lxw_col_t>(column);
        if (value.text.empty())
            return;
        if (!value.is_json)
            write_text(value.text, column);
        else if (value.text == "true" || value.text == "false")
            check(::worksheet_write_boolean(sheet_, row_, at, value.text == "true" ? 1 : 0, nullptr));
        else if (const auto number = exact_number(value.text))
            check(::worksheet_write_number(sheet_, row_, at, *number, nullptr));
        else
            write_text(json_cell(value.text), column);
    }

    void write_text(const std::string &text, std::size_t column) {
        if (characters_of(text) > most_characters)
            throw usage_error{fmt::format("row {}, column {}: the text has {} characters, and a cell holds {}",
                                          row_ + 1, names_[column],
                                          group_digits(static_cast<std::int64_t>(characters_of(text))),
                                          group_digits(most_characters)),
                              "export CSV, or leave the column out with --columns FILE"};
        check(::worksheet_write_string(sheet_, row_, static_cast<lxw_col_t>(column), text.c_str(), nullptr));
    }

    static void check(lxw_error error) {
        if (error != LXW_NO_ERROR)
            fail(::lxw_strerror(error));
    }

    [[noreturn]] static void fail(const std::string &reason) {
        throw usage_error{"writing the workbook failed: " + reason,
                          "look at the free space, also in the folder for temporary files (TMPDIR)"};
    }

    std::string file_;
    std::vector<std::string> names_;
    lxw_workbook *book_ = nullptr;
    lxw_worksheet *sheet_ = nullptr;
    lxw_row_t row_ = 0; ///< the header is row 0
};

} // namespace

std::unique_ptr<table_writer> make_workbook(const std::filesystem::path &file, const std::vector<std::string> &names) {
    return std::make_unique<workbook>(file, names);
}

} // namespace smelt::actions
