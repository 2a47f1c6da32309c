#include "orchestrator/lifecycle.hpp"
#include "orchestrator/load/sync.hpp"
#include "orchestrator/load/write_back_check.hpp"
#include "orchestrator/transactions.hpp"
#include "orchestrator/write_back/write_back.hpp"
#include "session.hpp"

#include "smelt/base/error.hpp"
#include "smelt/orchestrator/run.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/write_back.hpp"

#include <algorithm>

namespace smelt::orchestrator {
namespace {

awaitable<void> prepare(run_pass &pass, const registered_pipeline &p, const write_back_choice &choice,
                        write_back_result &result) {
    auto work = [&](db::transaction &tx) {
        store::write_back_queue queue{tx};
        std::int64_t added = 0;
        for (const auto &task : p.tasks)
            if (choice.all && !task.spec->write_back.empty())
                added += queue.add_all(p.id, task.id, choice.since);
        if (choice.retry)
            queue.retry(p.id);
        return added;
    };
    result.added = co_await write(pass.run, work);
}

std::vector<write_back_state> states(db::transaction &tx, const registered_pipeline &p) {
    std::vector<write_back_state> all;
    for (const auto &task : p.tasks)
        for (const auto &one : store::write_back_queue{tx}.counts(p.id, task.id))
            all.push_back({task.spec->definition.name, std::string{to_string(one.event)}, one.waiting, one.stuck});
    return all;
}

std::int64_t sum_of(const std::vector<write_back_state> &states) {
    std::int64_t sum = 0;
    for (const auto &one : states)
        sum += one.waiting;
    return sum;
}

/// Registers nothing: the file may be on its way to another form.
write_back_result look_only(db::connection &c, const config::pipeline &p) {
    check_write_back(c, p);
    write_back_result result;
    db::transaction tx{c, {.read_only = true}};
    store::catalog catalog{tx};
    const auto row = catalog.find_pipeline(p.name);
    if (!row)
        return result;
    for (const auto &task : catalog.tasks(row->id))
        for (const auto &one : store::write_back_queue{tx}.counts(row->id, task.id))
            result.left.push_back({task.name, std::string{to_string(one.event)}, one.waiting, one.stuck});
    return result;
}

awaitable<void> write_now(run_pass &pass, const write_back_choice &choice, write_back_result &result) {
    const auto &p = pass.pipelines.only();
    auto look = [&](db::transaction &tx) { return states(tx, p); };
    co_await prepare(pass, p, choice, result);
    const auto before = sum_of(co_await read(pass.run, look));
    co_await write_back(pass, p);
    result.left = co_await read(pass.run, look);
    result.written = before - sum_of(result.left);
}

} // namespace

write_back_result write_back(const config::settings &settings, const config::pipeline &p,
                             const write_back_choice &choice, const progress_sink &report) {
    if (!p.writes_back())
        throw usage_error{"no task of " + p.name + " has write_back", "docs/write-back.md shows how to add it"};
    const run_options options;
    session s{settings, options, report};
    const std::vector<config::pipeline> one{p};
    auto &pass = s.pass();
    write_back_result result;
    const auto work = [&]() -> awaitable<void> {
        if (choice.dry_run) {
            auto look = [&](db::connection &c) { return look_only(c, p); };
            result = co_await pass.run.db.run(look);
            co_return;
        }
        co_await sync(pass, one);
        co_await write_now(pass, choice, result);
    };
    s.execute(work());
    if (pass.first_problem)
        rethrow_problem(pass.first_problem);
    std::ranges::copy(pass.notes(), std::back_inserter(result.notes));
    return result;
}

} // namespace smelt::orchestrator
