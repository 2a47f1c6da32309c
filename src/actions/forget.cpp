#include "smelt/actions/forget.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/orchestrator/run.hpp"
#include "smelt/store/records.hpp"
#include "smelt/store/rules.hpp"

#include <algorithm>
#include <thread>

namespace smelt::actions {
namespace {

constexpr std::int64_t records_at_once = 1'000;
constexpr std::int64_t rows_at_once = 10'000;
/// Until a load that is under way is looked at again.
constexpr std::chrono::milliseconds pause{200};

/// A load in the middle would bring back what is forgotten beside it.
template <class Work>
auto under_load_lock(db::connection &c, pipeline_id p, const Work &work) {
    for (bool said = false;; said = true) {
        db::transaction tx{c};
        if (store::records{tx}.try_lock(p)) {
            auto result = work(tx);
            tx.commit();
            return result;
        }
        if (!said)
            log::info("a load is under way; waiting for it");
        std::this_thread::sleep_for(pause);
    }
}

/// A list of keys may hold such as come only later; a single one is a slip of the pen.
void choose_records(db::connection &c, forget_plan &plan) {
    const auto &choice = plan.choice.records;
    const auto &p = plan.pipeline;
    if (!choice.where.empty()) {
        plan.records = store::records_where(c, p.id, choice.where);
        return;
    }
    db::transaction tx{c, {.read_only = true}};
    store::forgetting table{tx, p.id};
    plan.unknown = table.unknown(*choice.keys);
    if (choice.keys->size() == 1 && !plan.unknown.empty())
        throw usage_error{"pipeline " + p.name + " has no record with the key " + plan.unknown.front() +
                              ", and none was forgotten; nothing was changed",
                          "SELECT key FROM smelt.items shows the keys"};
    plan.records = table.find(*choice.keys);
}

store::task_row idle_task(db::connection &c, const store::pipeline_row &p, const std::string &name) {
    const auto id = find_task(c, p, name);
    db::transaction tx{c, {.read_only = true}};
    const auto tasks = store::catalog{tx}.tasks(p.id);
    auto task = *std::ranges::find(tasks, *id, &store::task_row::id);
    if (task.active)
        throw usage_error{"task " + name + " is in the file of " + p.name +
                              ", so its items would be made and sent again",
                          "take it out of the file and run smelt run once; then forget it"};
    return task;
}

/// Nobody begins a batch until the transaction has ended.
void refuse_open_batches(store::forgetting &table, const store::pipeline_row &p, const std::string &what,
                         std::optional<task_id> task) {
    table.lock_tasks();
    const auto open = table.open_batches(task);
    if (open == 0)
        return;
    throw usage_error{what + " has " + (open == 1 ? "a batch" : std::to_string(open) + " batches") +
                          " under way; nothing was changed",
                      "let smelt run collect them, or stop them with smelt cancel --all " + p.name +
                          " and collect; what its records hold goes at once with smelt forget " + p.name +
                          " --where true"};
}

std::vector<std::vector<std::int64_t>> pieces_of(const std::vector<std::int64_t> &records) {
    std::vector<std::vector<std::int64_t>> pieces;
    for (std::size_t at = 0; at < records.size(); at += records_at_once) {
        const auto end = std::min(records.size(), at + static_cast<std::size_t>(records_at_once));
        pieces.emplace_back(records.begin() + static_cast<std::ptrdiff_t>(at),
                            records.begin() + static_cast<std::ptrdiff_t>(end));
    }
    return pieces;
}

store::forget_counts count(db::connection &c, pipeline_id p, const std::vector<std::int64_t> &records) {
    store::forget_counts sum;
    for (const auto &piece : pieces_of(records)) {
        db::transaction tx{c, {.read_only = true}};
        sum.add(store::forgetting{tx, p}.count(piece));
    }
    return sum;
}

forgotten forget_records(db::connection &c, const forget_plan &plan, const forget_progress &progress) {
    forgotten done;
    std::int64_t seen = 0;
    for (const auto &piece : pieces_of(plan.records)) {
        done.records += under_load_lock(c, plan.pipeline.id, [&](db::transaction &tx) {
            return store::forgetting{tx, plan.pipeline.id}.forget(piece, !plan.choice.allows_again);
        });
        seen += static_cast<std::int64_t>(piece.size());
        progress(seen);
    }
    if (!plan.choice.allows_again && !plan.unknown.empty())
        under_load_lock(c, plan.pipeline.id, [&](db::transaction &tx) {
            store::forgetting{tx, plan.pipeline.id}.remember(plan.unknown);
            return true;
        });
    if (plan.choice.allows_again && plan.choice.records.keys)
        done.allowed = under_load_lock(c, plan.pipeline.id, [&](db::transaction &tx) {
            return store::forgetting{tx, plan.pipeline.id}.allow(*plan.choice.records.keys);
        });
    return done;
}

/// Its attempts keep their figures.
void forget_task(db::connection &c, const store::pipeline_row &p, const store::task_row &task) {
    const auto step = [&](const auto &work) {
        return under_load_lock(c, p.id, [&](db::transaction &tx) {
            store::forgetting table{tx, p.id};
            refuse_open_batches(table, p, "task " + task.name, task.id);
            return work(table);
        });
    };
    while (step([&](store::forgetting &table) { return table.empty_some_attempts(task.id, rows_at_once); })) {
    }
    while (step([&](store::forgetting &table) { return table.drop_some_items(task.id, rows_at_once); })) {
    }
    step([&](store::forgetting &table) {
        table.clear_task(task.id, p.name, task.name);
        return true;
    });
}

void drop_records(db::connection &c, const store::pipeline_row &p, const forget_progress &progress) {
    std::int64_t records = 0;
    for (bool more = true; more;) {
        const auto done = under_load_lock(c, p.id, [&](db::transaction &tx) {
            store::forgetting table{tx, p.id};
            const auto some = table.some(records_at_once);
            if (!some.empty())
                table.drop(some);
            return static_cast<std::int64_t>(some.size());
        });
        records += done;
        more = done > 0;
        progress(records);
    }
}

/// What only the pipeline's file can say: whom to tell, and where its files are. Without it this is left undone.
void finish(const config::settings &settings, db::connection &c, const store::pipeline_row &p, forgotten &done) {
    if (!std::filesystem::exists(p.file)) {
        done.notes.push_back("its file is not there any more (" + p.file +
                             "), so files at the provider stay, and nothing was written back");
        return;
    }
    try {
        std::ranges::copy(orchestrator::finish_forgotten(settings, load_named_pipeline(c, p.name, true)),
                          std::back_inserter(done.notes));
    } catch (const interrupted &) {
        throw;
    } catch (const error &e) {
        done.notes.push_back(std::string{"files at the provider stay, where there are any: "} + e.what());
    }
    db::transaction tx{c, {.read_only = true}};
    if (const auto left = store::forgetting{tx, p.id}.waiting_events(); left > 0)
        throw usage_error{std::to_string(left) + (left == 1 ? " record was" : " records were") +
                              " not written back (write_back.forgotten)" +
                              (done.notes.empty() ? "" : ": " + done.notes.back()),
                          "put it right, or take write_back out of the file, and repeat the command"};
}

void clear(db::connection &c, const store::pipeline_row &p, bool gives_name_free) {
    under_load_lock(c, p.id, [&](db::transaction &tx) {
        store::forgetting table{tx, p.id};
        refuse_open_batches(table, p, "pipeline " + p.name, std::nullopt);
        for (const auto &task : store::catalog{tx}.tasks(p.id))
            table.clear_task(task.id, p.name, task.name);
        table.clear_pipeline();
        if (gives_name_free)
            table.unmark();
        return true;
    });
}

forgotten forget_pipeline(const config::settings &settings, db::connection &c, const forget_plan &plan,
                          const forget_progress &progress) {
    const auto &p = plan.pipeline;
    under_load_lock(c, p.id, [&](db::transaction &tx) {
        store::forgetting table{tx, p.id};
        refuse_open_batches(table, p, "pipeline " + p.name, std::nullopt);
        table.mark_pipeline();
        return true;
    });
    forgotten done;
    drop_records(c, p, progress);
    finish(settings, c, p, done);
    clear(c, p, plan.choice.allows_again);
    return done;
}

} // namespace

forget_plan plan_forget(db::connection &c, const store::pipeline_row &pipeline, const forget_choice &choice) {
    forget_plan plan{pipeline, choice, {}, {}, std::nullopt, {}, pipeline.is_forgotten};
    if (!choice.everything && choice.task.empty()) {
        choose_records(c, plan);
        plan.counts = count(c, pipeline.id, plan.records);
        return plan;
    }
    if (!choice.task.empty())
        plan.task = idle_task(c, pipeline, choice.task);
    db::transaction tx{c};
    store::forgetting table{tx, pipeline.id};
    refuse_open_batches(table, pipeline, plan.task ? "task " + choice.task : "pipeline " + pipeline.name,
                        plan.task ? std::optional{plan.task->id} : std::nullopt);
    plan.counts = table.count_all(plan.task ? std::optional{plan.task->id} : std::nullopt);
    return plan;
}

forgotten forget(const config::settings &settings, db::connection &c, const forget_plan &plan,
                 const forget_progress &progress) {
    forgotten done;
    if (plan.choice.everything)
        done = forget_pipeline(settings, c, plan, progress);
    else if (plan.task)
        forget_task(c, plan.pipeline, *plan.task);
    else
        done = forget_records(c, plan, progress);
    orchestrator::remove_lost_requests(settings);
    return done;
}

} // namespace smelt::actions
