#include "smelt/actions/eval.hpp"

#include "actions/eval/gold.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/config/suggest.hpp"
#include "smelt/domain/task_definition.hpp"
#include "smelt/extraction/compiled_task.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json/writer.hpp"
#include "smelt/store/comparisons.hpp"
#include "smelt/store/reviews.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace smelt::actions {
namespace {

using json_text::node;
using json_text::node_kind;

/// Names are written in many ways: Score, score; cash_flow, CashFlow.
std::string plain_name(const std::string &name) {
    auto plain = lower_ascii(name);
    std::erase_if(plain, [](char ch) { return ch == '_' || ch == ' ' || ch == '-'; });
    return plain;
}

/// A member of an output as a label; nothing: it is not there.
std::optional<std::string> label_at(const node &output, const std::string &path, bool is_bare) {
    const auto *value = &output;
    for (std::size_t at = 0; !is_bare && at <= path.size();) {
        const auto end = std::min(path.find('.', at), path.size());
        value = value->is(node_kind::object) ? value->find(std::string_view{path}.substr(at, end - at)) : nullptr;
        if (value == nullptr)
            return std::nullopt;
        at = end + 1;
    }
    if (value->is(node_kind::string) || value->is(node_kind::number))
        return as_label(value->text);
    std::string text;
    json_text::append_json(text, *value);
    return text;
}

/// yes and 1 are true where the answers are true or false.
std::string as_boolean(const std::string &label) {
    const auto small = lower_ascii(label);
    if (small == "1" || small == "yes" || small == "y")
        return "true";
    if (small == "0" || small == "no" || small == "n")
        return "false";
    return label;
}

struct compared_task {
    store::task_row row;
    std::vector<std::string> fields; ///< of its answers
    bool is_bare = false;            ///< an answer is one value, called by the one field
};

compared_task find_compared(db::connection &c, const store::pipeline_row &pipeline, const std::string &name) {
    const auto only = find_task(c, pipeline, name);
    db::transaction tx{c, {.read_only = true}};
    std::vector<store::task_row> active;
    for (auto &task : store::catalog{tx}.tasks(pipeline.id))
        if (only ? task.id == *only : task.active)
            active.push_back(std::move(task));
    if (active.size() != 1)
        throw usage_error{pipeline.name + " has " + std::to_string(active.size()) + " tasks", "say which: --task TASK"};
    compared_task out{active.front(), {}, false};
    if (!out.row.current)
        throw usage_error{"task " + out.row.name + " has no version yet", "smelt run " + pipeline.name + " first"};
    const auto definition = definition_from_json(json::parse(store::catalog{tx}.definition(*out.row.current)));
    out.is_bare = definition.output.is_null();
    for (const auto &column : extraction::output_columns(definition))
        out.fields.push_back(column.name);
    return out;
}

/// Throws usage_error for a field that the answers do not have.
void check_field(const compared_task &task, const std::string &field) {
    const auto first = field.substr(0, field.find('.'));
    if (std::ranges::find(task.fields, first) == task.fields.end())
        throw usage_error{"the answers of " + task.row.name + " have no field " + first,
                          config::did_you_mean(first, task.fields)};
}

std::vector<compared_field> fields_of_gold(const compared_task &task, const eval_request &request,
                                           const std::vector<std::string> &columns) {
    auto fields = request.fields;
    for (auto &f : fields) {
        check_field(task, f.field);
        if (std::ranges::find(columns, f.column) == columns.end())
            throw usage_error{request.gold.string() + " has no column " + f.column,
                              config::did_you_mean(f.column, columns)};
    }
    if (!fields.empty())
        return fields;
    for (const auto &field : task.fields)
        for (const auto &column : columns)
            if (plain_name(field) == plain_name(column))
                fields.push_back({field, column});
    if (fields.empty())
        throw usage_error{fmt::format("no column of {} is called like a field of the answers of {}",
                                      request.gold.string(), task.row.name),
                          fmt::format("say which: --field FIELD=COLUMN, of the fields {} and the columns {}",
                                      fmt::join(task.fields, ", "), fmt::join(columns, ", "))};
    return fields;
}

/// Takes pairs in and tells of those that differ.
class comparer {
  public:
    comparer(evaluation_report &report, const std::vector<compared_field> &fields, bool is_bare,
             const std::function<void(const mismatch &)> &each)
        : report_{report}, is_bare_{is_bare}, each_{each} {
        for (const auto &f : fields)
            report_.fields.push_back({f.field, {}, {}});
    }

    /// Labels by field; nothing: there is none to compare with.
    void add(const store::compared_answer &a, const std::vector<std::optional<std::string>> &expected,
             std::int64_t line = 0) {
        if (json_text::read_json(a.output, tree_).error != json_text::read_error::none)
            return;
        for (std::size_t f = 0; f < expected.size(); ++f)
            if (expected[f])
                add(a, report_.fields[f], *expected[f],
                    label_at(tree_.root(), report_.fields[f].field, is_bare_).value_or("(nothing)"), line);
    }
    void add(const store::compared_answer &a, const std::string &right_output, bool right_is_bare) {
        std::vector<std::optional<std::string>> expected;
        json_text::json_tree right;
        if (json_text::read_json(right_output, right).error != json_text::read_error::none)
            return;
        expected.reserve(report_.fields.size());
        for (const auto &f : report_.fields)
            expected.emplace_back(label_at(right.root(), f.field, right_is_bare).value_or("(nothing)"));
        add(a, expected);
    }

  private:
    void add(const store::compared_answer &a, field_figures &field, std::string expected, const std::string &answered,
             std::int64_t line) {
        if (answered == "true" || answered == "false")
            expected = as_boolean(expected);
        field.all.add(expected, answered);
        if (!a.part.empty())
            field.parts[a.part].add(expected, answered);
        if (expected != answered)
            each_({a.key, field.field, expected, answered, a.score, a.part, line});
    }

    evaluation_report &report_;
    bool is_bare_;
    const std::function<void(const mismatch &)> &each_;
    json_text::json_tree tree_;
};

/// The column of the gold file that says which record a row is about. Throws usage_error when none is known to.
std::string about_column(const eval_request &request, const std::vector<std::string> &columns,
                         const std::string &key_field) {
    const auto has = [&](const std::string &name) { return std::ranges::find(columns, name) != columns.end(); };
    const auto &wanted = request.text_column.empty() ? request.key_column : request.text_column;
    if (!wanted.empty() && !has(wanted))
        throw usage_error{request.gold.string() + " has no column " + wanted, config::did_you_mean(wanted, columns)};
    if (!wanted.empty())
        return wanted;
    for (const auto &name : {std::string{"key"}, key_field})
        if (!name.empty() && has(name))
            return name;
    throw usage_error{
        fmt::format("nothing says which record a row of {} is about", request.gold.string()),
        fmt::format("--by-key COLUMN when a column holds the keys, or --by-text COLUMN=FIELD; its columns are {}",
                    fmt::join(columns, ", "))};
}

/// Answers of the things that gold labels are about, some at a time.
void compare_gold(db::transaction &tx, pipeline_id p, const compared_task &task, const eval_request &request,
                  const std::vector<gold_labels> &gold, evaluation_report &report, comparer &into) {
    constexpr std::size_t step = 2000;
    store::comparisons answers{tx, p};
    for (std::size_t at = 0; at < gold.size(); at += step) {
        std::vector<std::string> about;
        for (std::size_t i = at; i < std::min(gold.size(), at + step); ++i)
            about.push_back(gold[i].about);
        const auto records =
            request.text_column.empty()
                ? answers.by_key(about)
                : answers.by_text(request.text_field.empty() ? request.text_column : request.text_field, about);
        std::map<std::int64_t, std::size_t> places;
        std::vector<std::int64_t> known;
        for (std::size_t i = 0; i < records.size(); ++i) {
            if (!records[i])
                report.not_found.push_back(fmt::format("line {}: {}", gold[at + i].line, clip_utf8(about[i], 60)));
            if (records[i]) {
                places.emplace(*records[i], at + i);
                known.push_back(*records[i]);
            }
        }
        const auto found = answers.answers(task.row.id, known, request.part);
        report.unanswered += static_cast<std::int64_t>(known.size() - found.size());
        for (const auto &one : found) {
            const auto &labels = gold[places.at(one.record)];
            into.add(one, labels.labels, labels.line);
        }
    }
}

void evaluate_gold(db::connection &c, const store::pipeline_row &pipeline, const compared_task &task,
                   const eval_request &request, const std::string &key_field, evaluation_report &report,
                   const std::function<void(const mismatch &)> &each) {
    const auto columns = gold_columns(request.gold);
    const auto about = about_column(request, columns, key_field);
    const auto fields = fields_of_gold(task, request, columns);
    auto rows = read_gold(request.gold, about, fields);
    report.against = request.gold.string();
    for (const auto &column : columns)
        if (column != about && std::ranges::find(fields, column, &compared_field::column) == fields.end())
            report.unused.push_back(column);
    db::transaction tx{c, {.read_only = true}};
    if (!request.text_column.empty()) {
        std::vector<std::string> texts;
        texts.reserve(rows.size());
        for (const auto &row : rows)
            texts.push_back(row.about);
        const auto normalised = store::comparisons{tx, pipeline.id}.normalised(texts);
        for (std::size_t i = 0; i < rows.size(); ++i)
            rows[i].about = normalised[i];
    }
    const auto gold = resolve_gold(rows, fields, report);
    comparer into{report, fields, task.is_bare, each};
    compare_gold(tx, pipeline.id, task, request, gold, report, into);
}

/// All fields of the task, or those asked for.
std::vector<compared_field> fields_of(const compared_task &task, const eval_request &request) {
    for (const auto &f : request.fields)
        check_field(task, f.field);
    if (!request.fields.empty())
        return request.fields;
    std::vector<compared_field> fields;
    for (const auto &name : task.fields)
        fields.push_back({name, name});
    return fields;
}

void evaluate_reviews(db::connection &c, const store::pipeline_row &pipeline, const compared_task &task,
                      const eval_request &request, evaluation_report &report,
                      const std::function<void(const mismatch &)> &each) {
    report.against = "verdicts of people";
    comparer into{report, fields_of(task, request), task.is_bare, each};
    std::set<std::int64_t> records;
    db::transaction tx{c, {.read_only = true}};
    store::comparisons{tx, pipeline.id}.reviewed(task.row.id, request.part, [&](const store::compared_answer &a) {
        ++report.rows;
        records.insert(a.record);
        if (a.right_output)
            into.add(a, *a.right_output, task.is_bare);
        else
            ++report.rejected;
    });
    report.things = static_cast<std::int64_t>(records.size());
    report.bands = score_bands(store::reviews{tx, pipeline.id}.scores(task.row.id));
}

void evaluate_tasks(db::connection &c, const store::pipeline_row &pipeline, const compared_task &second,
                    const eval_request &request, evaluation_report &report,
                    const std::function<void(const mismatch &)> &each) {
    const auto first = find_compared(c, pipeline, request.first_task);
    if (first.row.id == second.row.id)
        throw usage_error{"--tasks names the task " + first.row.name + " twice", "it compares the answers of two"};
    report.against = "task " + first.row.name;
    auto fields = request.fields;
    for (const auto &f : fields) {
        check_field(first, f.field);
        check_field(second, f.field);
    }
    for (const auto &name : second.fields)
        if (request.fields.empty() && std::ranges::find(first.fields, name) != first.fields.end())
            fields.push_back({name, name});
    if (fields.empty())
        throw usage_error{
            fmt::format("the answers of {} and {} have no field in common", first.row.name, second.row.name), ""};
    comparer into{report, fields, second.is_bare, each};
    db::transaction tx{c, {.read_only = true}};
    store::comparisons{tx, pipeline.id}.both(first.row.id, second.row.id, request.part,
                                             [&](const store::compared_answer &a) {
                                                 ++report.rows;
                                                 ++report.things;
                                                 into.add(a, a.right_output.value_or("null"), first.is_bare);
                                             });
}

/// Fields of the records that the request names.
void check_record_fields(db::connection &c, const store::pipeline_row &pipeline, const eval_request &request) {
    std::vector<std::string> names;
    if (!request.text_column.empty())
        names.push_back(request.text_field.empty() ? request.text_column : request.text_field);
    if (!request.part.empty())
        names.push_back(request.part);
    if (names.empty())
        return;
    db::transaction tx{c, {.read_only = true}};
    if (const auto absent = store::catalog{tx}.absent_fields(pipeline.id, names); !absent.empty())
        throw usage_error{"no record of " + pipeline.name + " has a field " + absent.front(),
                          config::did_you_mean(absent.front(), pipeline.columns)};
}

} // namespace

evaluation_report evaluate(db::connection &c, const store::pipeline_row &pipeline, const eval_request &request,
                           const std::string &key_field, const std::function<void(const mismatch &)> &each_mismatch) {
    const auto task = find_compared(c, pipeline, request.second_task.empty() ? request.task : request.second_task);
    evaluation_report report;
    report.task = task.row.name;
    check_record_fields(c, pipeline, request);
    if (!request.second_task.empty())
        evaluate_tasks(c, pipeline, task, request, report, each_mismatch);
    else if (request.reviewed)
        evaluate_reviews(c, pipeline, task, request, report, each_mismatch);
    else
        evaluate_gold(c, pipeline, task, request, key_field, report, each_mismatch);
    return report;
}

} // namespace smelt::actions
