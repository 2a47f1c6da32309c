#include "export_cells.hpp"

#include "json_members.hpp"

#include <utility>

namespace smelt::actions {
namespace {

using kind = export_column::kind;

cell text_cell(const std::string &text) {
    return {text, false};
}

cell json_of(std::string text) {
    if (text == "null")
        text.clear();
    return {std::move(text), true};
}

cell of_answer(const export_column &column, const store::export_item &item) {
    const auto when_answered = [&](std::string text) { return json_of(item.is_answered ? std::move(text) : ""); };
    switch (column.content) {
    case kind::score:
        return json_of(item.score);
    case kind::needs_review:
        return when_answered(item.needs_review ? "true" : "false");
    case kind::superseded:
        return when_answered(item.superseded ? "true" : "false");
    case kind::warnings:
        return text_cell(item.warnings);
    case kind::status:
        return text_cell(item.status);
    case kind::reason:
        return text_cell(item.reason);
    case kind::model:
        return text_cell(item.model);
    case kind::input_tokens:
        return when_answered(std::to_string(item.input_tokens));
    case kind::cached_tokens:
        return when_answered(std::to_string(item.cached_tokens));
    case kind::output_tokens:
        return when_answered(std::to_string(item.output_tokens));
    case kind::reasoning_tokens:
        return when_answered(std::to_string(item.reasoning_tokens));
    case kind::cost_usd:
        return json_of(item.cost_usd);
    case kind::batch:
        return when_answered(std::to_string(item.batch));
    case kind::remote_id:
        return text_cell(item.remote_id);
    case kind::extracted_at:
        return text_cell(item.extracted_at);
    case kind::version:
        return text_cell(item.version);
    default:
        return {};
    }
}

} // namespace

std::string text_of(const cell &value) {
    return value.is_json ? json_cell(value.text) : value.text;
}

export_cells::export_cells(std::vector<export_column> columns, std::size_t tasks)
    : columns_{std::move(columns)}, outputs_(tasks) {
    for (const auto &column : columns_) {
        place_.push_back(values_.size());
        if (column.content != kind::field && column.content != kind::output)
            continue;
        auto &places = column.content == kind::field ? fields_ : outputs_[column.task];
        const auto [known, is_new] = places.emplace(column.member, values_.size());
        place_.back() = known->second;
        if (is_new)
            values_.emplace_back();
    }
}

const std::vector<cell> &export_cells::of(const store::export_record &record,
                                          const std::vector<std::string> &expressions) {
    for (auto &value : values_)
        value.clear();
    split(record.fields, fields_);
    for (std::size_t i = 0; i < outputs_.size(); ++i)
        split(record.items[i].output, outputs_[i]);
    cells_.clear();
    std::size_t next_expression = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const auto &column = columns_[i];
        if (column.content == kind::field || column.content == kind::output)
            cells_.push_back(json_of(values_[place_[i]]));
        else if (column.content == kind::expression)
            cells_.push_back(json_of(expressions[next_expression++]));
        else
            cells_.push_back(value_of(column, record));
    }
    return cells_;
}

void export_cells::split(const std::string &object, const std::map<std::string, std::size_t, std::less<>> &places) {
    if (!places.empty())
        for_each_member(object, [&](const std::string &name, std::string_view value) {
            if (const auto found = places.find(name); found != places.end())
                values_[found->second] = value;
        });
}

cell export_cells::value_of(const export_column &column, const store::export_record &record) {
    switch (column.content) {
    case kind::key:
        return text_cell(record.key);
    case kind::source_file:
        return text_cell(record.source_file);
    case kind::source_line:
        return json_of(record.source_file.empty() ? "" : std::to_string(record.source_line));
    case kind::constant:
        return text_cell(column.member);
    case kind::whole:
        return json_of(record.items[column.task].output);
    default:
        return of_answer(column, record.items[column.task]);
    }
}

} // namespace smelt::actions
