#include "actions/eval/gold.hpp"

#include "smelt/actions/table_rows.hpp"
#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace smelt::actions {

std::vector<std::string> gold_columns(const std::filesystem::path &file) {
    return for_each_row(file, [](const table_row &) {});
}

std::vector<gold_row> read_gold(const std::filesystem::path &file, const std::string &about,
                                const std::vector<compared_field> &fields) {
    std::vector<gold_row> rows;
    for_each_row(file, [&](const table_row &row) {
        auto &one = rows.emplace_back();
        one.line = row.line;
        one.about = row.text(about);
        for (const auto &field : fields) {
            const auto text = row.text(field.column);
            one.labels.push_back(trim(text).empty() ? std::string{} : as_label(text));
        }
        if (trim(one.about).empty())
            throw file_error{file.string(), static_cast<int>(row.line), "the column " + about + " is empty",
                             "it says which record the labels are for"};
    });
    return rows;
}

namespace {

/// The label of one field; notes what it took to find it.
std::optional<std::string> label_of(const std::vector<const gold_row *> &rows, std::size_t field,
                                    const std::string &name, evaluation_report &report) {
    std::vector<std::string> labels;
    std::vector<std::int64_t> lines;
    for (const auto *row : rows)
        if (!row->labels[field].empty()) {
            labels.push_back(row->labels[field]);
            lines.push_back(row->line);
        }
    if (labels.empty())
        return std::nullopt;
    auto resolved = resolve(labels);
    const auto where = [&] {
        return fmt::format("{}: lines {} say {}", name, fmt::join(lines, ", "), fmt::join(labels, ", "));
    };
    if (!resolved.label)
        report.ties.push_back(where());
    else if (!resolved.is_unanimous)
        report.disagreed.push_back(where() + ", taken as " + *resolved.label);
    return resolved.label;
}

} // namespace

std::vector<gold_labels> resolve_gold(const std::vector<gold_row> &rows, const std::vector<compared_field> &fields,
                                      evaluation_report &report) {
    std::map<std::string, std::vector<const gold_row *>> by_thing;
    std::vector<std::string> order;
    for (const auto &row : rows) {
        auto &same = by_thing[row.about];
        if (same.empty())
            order.push_back(row.about);
        same.push_back(&row);
    }
    report.rows = static_cast<std::int64_t>(rows.size());
    report.things = static_cast<std::int64_t>(order.size());
    std::vector<gold_labels> out;
    for (const auto &about : order) {
        const auto &same = by_thing.at(about);
        report.labelled_twice += same.size() > 1 ? 1 : 0;
        auto &one = out.emplace_back();
        one.about = about;
        one.line = same.front()->line;
        for (std::size_t f = 0; f < fields.size(); ++f)
            one.labels.push_back(label_of(same, f, fields[f].field, report));
    }
    return out;
}

} // namespace smelt::actions
