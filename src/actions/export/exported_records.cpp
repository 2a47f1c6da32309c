#include "exported_records.hpp"

#include "smelt/extraction/compiled_task.hpp"

#include <algorithm>
#include <set>

namespace smelt::actions {
namespace {

/// Keeps the memory of a page at a few MB with records of some kB.
constexpr std::size_t records_per_page = 2000;

exported_task with_columns(store::catalog &catalog, const store::task_row &task) {
    exported_task out{task.id, task.name, {}, false};
    if (!task.current)
        return out;
    using kind = extraction::output_column::kind;
    const auto definition = definition_from_json(json::parse(catalog.definition(*task.current)));
    for (const auto &column : extraction::output_columns(definition)) {
        out.outputs.push_back(column.name);
        out.is_whole =
            column.type == kind::whole || column.type == kind::whole_text || column.type == kind::whole_number;
    }
    return out;
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

known_columns all_columns(db::connection &c, const store::pipeline_row &pipeline,
                          const std::vector<exported_task> &tasks) {
    db::transaction tx{c, {.read_only = true}};
    return columns_of(pipeline.columns, store::reports{tx}.has_key_field(pipeline.id, pipeline.columns), tasks);
}

std::vector<std::int32_t> ids_of(const std::vector<exported_task> &tasks) {
    std::vector<std::int32_t> ids;
    ids.reserve(tasks.size());
    for (const auto &task : tasks)
        ids.push_back(task.id.value);
    return ids;
}

void exported_records::for_each_page(const store::pipeline_row &pipeline, const export_wish &wish,
                                     const std::function<void(const std::vector<std::int64_t> &)> &each) {
    if (wish.records.is_all()) {
        for (auto ids = next_ids(wish.all, -1); !ids.empty(); ids = next_ids(wish.all, ids.back()))
            each(ids);
        return;
    }
    const auto chosen = ids_of_choice(pipeline, wish);
    for (std::size_t at = 0; at < chosen.size(); at += records_per_page) {
        const auto end = std::min(at + records_per_page, chosen.size());
        each({chosen.begin() + static_cast<std::ptrdiff_t>(at), chosen.begin() + static_cast<std::ptrdiff_t>(end)});
    }
}

std::vector<std::int64_t> exported_records::next_ids(bool all, std::int64_t after) {
    db::transaction tx{connection_, {.read_only = true}};
    return store::reports{tx}.records_to_export(pipeline_, tasks_, all, after, static_cast<int>(records_per_page));
}

/// A condition chooses among the items of each task; a record is meant when one of them is.
std::vector<std::int64_t> exported_records::ids_of_choice(const store::pipeline_row &pipeline,
                                                          const export_wish &wish) {
    std::set<std::string> keys;
    for (const auto task : tasks_)
        if (const auto some = chosen_keys(connection_, pipeline, task_id{task}, wish.records))
            keys.insert(some->begin(), some->end());
    db::transaction tx{connection_, {.read_only = true}};
    return store::reports{tx}.records_to_export(pipeline_, tasks_, wish.all, {keys.begin(), keys.end()});
}

std::vector<store::export_record> exported_records::read(const std::vector<std::int64_t> &ids, bool with_raw) {
    db::transaction tx{connection_, {.read_only = true}};
    return store::reports{tx}.export_page(pipeline_, tasks_, ids, with_raw);
}

} // namespace smelt::actions
