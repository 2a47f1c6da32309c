#include "smelt/actions/export.hpp"

#include "export_cells.hpp"
#include "exported_records.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/json.hpp"
#include "smelt/store/rule_checks.hpp"
#include "smelt/store/rules.hpp"

#include <algorithm>
#include <utility>

namespace smelt::actions {
namespace {

std::vector<store::expression> expressions_of(const std::vector<export_column> &columns, std::size_t tasks) {
    using sees = store::expression::sees;
    std::vector<store::expression> list;
    for (const auto &column : columns)
        if (column.content == export_column::kind::expression)
            list.push_back(
                {"column " + column.name, column.member, tasks == 1 ? sees::exported_item : sees::exported_record});
    return list;
}

} // namespace

struct table_export::plan {
    plan(db::connection &c, const store::pipeline_row &p, export_wish w)
        : connection{c},
          pipeline{p},
          wish{std::move(w)},
          tasks{tasks_to_export(c, p, wish.task)},
          known{all_columns(c, p, tasks)},
          columns{wish.columns ? chosen_columns(known, *wish.columns) : usual_columns(known, wish.more)},
          parts{named_columns(known, wish.by, "--by")},
          expressions{expressions_of(columns, tasks.size())} {
        check_names(columns);
        if (!expressions.empty())
            store::check_column_expressions(c, expressions);
    }

    db::connection &connection;
    const store::pipeline_row &pipeline;
    export_wish wish;
    std::vector<exported_task> tasks;
    known_columns known;
    std::vector<export_column> columns;
    std::vector<export_column> parts; ///< that `by` names
    std::vector<store::expression> expressions;
};

table_export::table_export(db::connection &c, const store::pipeline_row &pipeline, const export_wish &wish)
    : plan_{std::make_unique<plan>(c, pipeline, wish)} {}

table_export::~table_export() = default;

std::vector<std::string> table_export::names() const {
    std::vector<std::string> names;
    for (const auto &column : plan_->columns)
        names.push_back(column.name);
    return names;
}

void table_export::run(const table_of_part &table) {
    auto &p = *plan_;
    const auto tasks = ids_of(p.tasks);
    exported_records records{p.connection, p.pipeline.id, tasks};
    export_cells cells{p.columns, p.tasks.size()};
    export_cells parts{p.parts, p.tasks.size()};
    records.for_each_page(p.pipeline, p.wish, [&](const std::vector<std::int64_t> &ids) {
        const auto page = records.read(ids);
        const auto values = p.expressions.empty()
                                ? std::vector<std::vector<std::string>>{}
                                : store::column_values(p.connection, p.pipeline.id, tasks, p.expressions, ids);
        for (std::size_t i = 0; i < page.size(); ++i) {
            std::vector<std::string> part;
            for (const auto &value : parts.of(page[i], {}))
                part.push_back(text_of(value));
            table(part).row(cells.of(page[i], values.empty() ? std::vector<std::string>{} : values[i]));
        }
    });
}

namespace {

/// The provider's own line; as a text where it is no JSON.
json line_as_json(const std::string &line) {
    auto document = json::parse(line, nullptr, false);
    return document.is_discarded() ? json(line) : document;
}

} // namespace

void export_raw(db::connection &c, const store::pipeline_row &pipeline, const export_wish &wish, const text_sink &out) {
    const auto tasks = tasks_to_export(c, pipeline, wish.task);
    exported_records records{c, pipeline.id, ids_of(tasks)};
    records.for_each_page(pipeline, wish, [&](const std::vector<std::int64_t> &ids) {
        std::string block;
        for (const auto &record : records.read(ids, true))
            for (std::size_t t = 0; t < tasks.size(); ++t)
                if (const auto &item = record.items[t]; !item.raw.empty()) {
                    json line{{"key", record.key},
                              {"task", tasks[t].name},
                              {"batch", item.batch},
                              {"remote_id", item.remote_id},
                              {"raw", item.raw}};
                    if (!item.line.empty())
                        line["line"] = line_as_json(item.line);
                    block += line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
                }
        out(block);
    });
}

} // namespace smelt::actions
