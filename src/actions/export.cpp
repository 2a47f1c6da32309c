#include "smelt/actions/export.hpp"

#include "smelt/extraction/compiled_task.hpp"
#include "smelt/store/reports.hpp"

#include <algorithm>

namespace smelt::actions {
namespace {

constexpr std::size_t block_bytes = 64UL * 1024;

exported_task with_columns(store::catalog &catalog, const store::task_row &task) {
    exported_task out{task.id, task.name, {}, {}};
    if (!task.current)
        return out;
    using kind = extraction::output_column::kind;
    const auto definition = definition_from_json(json::parse(catalog.definition(*task.current)));
    for (const auto &column : extraction::output_columns(definition)) {
        out.columns.push_back(column.name);
        if (column.type == kind::whole || column.type == kind::whole_text || column.type == kind::whole_number)
            out.whole = column.name;
    }
    return out;
}

void export_task(db::connection &c, const store::pipeline_row &pipeline, const exported_task &task,
                 const exported_rows &rows, export_format &format, const text_sink &write) {
    const auto keys = chosen_keys(c, pipeline, task.id, rows.records);
    std::string block;
    std::optional<record_id> last = record_id{-1};
    while (last) {
        {
            db::transaction tx{c, {.read_only = true}};
            last = store::reports{tx}.export_page(
                pipeline.id, task.id, {rows.all, keys}, *last,
                [&](const store::export_row &row) { format.row(task.name, row, block); });
        }
        if (block.size() >= block_bytes || !last) {
            write(block);
            block.clear();
        }
    }
}

} // namespace

std::vector<exported_task> tasks_to_export(db::connection &c, const store::pipeline_row &pipeline,
                                           std::optional<task_id> only) {
    db::transaction tx{c, {.read_only = true}};
    store::catalog catalog{tx};
    std::vector<exported_task> out;
    for (const auto &task : catalog.tasks(pipeline.id))
        if (only ? task.id == *only : task.active)
            out.push_back(with_columns(catalog, task));
    return out;
}

std::unique_ptr<export_format> make_export_format(const std::string &format, db::connection &c,
                                                  const store::pipeline_row &pipeline,
                                                  const std::vector<exported_task> &tasks) {
    if (format == "jsonl")
        return make_jsonl_format();
    export_columns columns;
    for (const auto &task : tasks) {
        columns.whole.emplace(task.name, task.whole);
        for (const auto &name : task.columns)
            if (std::ranges::find(columns.output, name) == columns.output.end())
                columns.output.push_back(name);
    }
    db::transaction tx{c, {.read_only = true}};
    columns.fields = store::reports{tx}.field_names(pipeline.id);
    return make_csv_format(std::move(columns));
}

void export_rows(db::connection &c, const store::pipeline_row &pipeline, const std::vector<exported_task> &tasks,
                 const exported_rows &rows, export_format &format, const text_sink &write) {
    std::string head;
    format.begin(head);
    write(head);
    for (const auto &task : tasks)
        export_task(c, pipeline, task, rows, format, write);
}

} // namespace smelt::actions
