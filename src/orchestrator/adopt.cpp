#include "build.hpp"
#include "input_file.hpp"
#include "listing.hpp"
#include "session.hpp"
#include "steps.hpp"

#include "smelt/core/error.hpp"
#include "smelt/core/failpoint.hpp"
#include "smelt/core/hash.hpp"
#include "smelt/store/accounts.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/items.hpp"

#include <fmt/format.h>

#include <fstream>
#include <limits>
#include <unordered_map>

namespace smelt::orchestrator {
namespace {

/// What the input file of a job asks, told apart by hash: a job may have 200 MB of it.
using requests = std::unordered_map<std::int64_t, std::string>;

awaitable<requests> read_requests(provider::provider &api, const provider::remote_batch &job) {
    requests asked;
    const input_line_sink note = [&](std::int64_t, std::string_view line) {
        if (const auto record = record_of(line, job.nonce))
            asked.emplace(*record, sha256_hex(line));
    };
    co_await read_input(api, job.input_file, note);
    co_return asked;
}

/// Which of the rendered requests are not what the job was asked: the record is another one now, or its text is.
std::vector<std::int64_t> different(const std::filesystem::path &rendered, const std::string &nonce,
                                    const requests &asked) {
    std::vector<std::int64_t> records;
    std::ifstream in{rendered};
    for (std::string line; std::getline(in, line);) {
        const auto record = record_of(line, nonce).value();
        const auto found = asked.find(record);
        if (found == asked.end() || found->second != sha256_hex(line))
            records.push_back(record);
    }
    return records;
}

struct found_task {
    registered_task task; ///< at the version that the job was made with
    std::string why_not;  ///< when the job cannot be taken in
};

found_task task_of(db::connection &c, context &ctx, const registered_pipeline &p, const provider::remote_batch &job) {
    const auto slash = job.task.rfind('/');
    const auto pipeline = job.task.substr(0, slash);
    if (slash == std::string::npos || pipeline != p.config->name)
        return {{}, job.task.empty() ? "does not say which task it belongs to" : "belongs to pipeline " + pipeline};
    for (const auto &task : p.tasks) {
        if (task.spec->definition.name != job.task.substr(slash + 1))
            continue;
        std::optional<version_id> version;
        {
            db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
            version = store::catalog{tx}.find_version(task.id, job.version);
        }
        if (!version)
            return {{},
                    "was made with a version of task " + task.spec->definition.name +
                        " that this database does not know; put the pipeline file back as it was then"};
        found_task found{task, {}};
        found.task.version = *version;
        found.task.ready = ctx.version(c, *version);
        return found;
    }
    return {{}, "belongs to task " + job.task + ", which the pipeline file does not name"};
}

/// The row that was lost, and those of its items that wait here for exactly what the job was asked.
adopted_job store_job(db::connection &c, context &ctx, registered_pipeline &p, const found_task &found,
                      const provider::remote_batch &job, const requests &asked) {
    const auto &task = found.task;
    const auto encoder = ctx.api_of(p).encoder(expanded(task.ready->task.definition(), *p.config));
    spool_file spool{ctx.settings.spool(), job.nonce};
    db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {.statement = {}}}};
    store::batches table{tx};
    store::items items{tx};
    const auto lock = table.begin({p.id,
                                   task.id,
                                   task.version,
                                   p.account,
                                   ctx.runner,
                                   job.nonce,
                                   expanded(task.ready->task.definition(), *p.config).model,
                                   {}});
    std::vector<std::int64_t> records;
    for (const auto &[record, hash] : asked)
        records.push_back(record);
    const auto claimed = items.claim_adopted(p.id, task.id, lock.batch, records);
    auto row = table.find(lock.batch).value();
    constexpr auto any = std::numeric_limits<std::int64_t>::max();
    const auto built = build(tx, row, task, *encoder, {any, any, 0}, spool);
    auto back = different(spool.path(), job.nonce, asked);
    const auto sent = built.sent - static_cast<std::int64_t>(back.size());
    for (const auto &line : built.unsent)
        back.push_back(line.record.value);
    items.give_back(p.id, task.id, lock.batch, back);
    table.built(lock, claimed, sent, 0);
    adopted_job out{job.id, lock.batch.value, static_cast<std::int64_t>(asked.size()), sent, {}};
    if (sent == 0) {
        out.note = "none of its requests is waited for; it is not collected";
        table.abandon(lock, job.id + " was found at the provider; " + out.note);
    } else {
        table.submitting(lock, job.input_file, milliseconds{0});
        table.opened(lock, job.id, ctx.view_of(row, job));
    }
    failpoint("adopt.before_commit");
    tx.commit();
    failpoint("adopt.after_commit");
    return out;
}

awaitable<adopted_job> adopt_one(context &ctx, registered_pipeline &p, const provider::remote_batch &job) {
    auto find = [&](db::connection &c) { return task_of(c, ctx, p, job); };
    const auto found = co_await ctx.db.run(find);
    adopted_job alone{job.id, 0, 0, 0, found.why_not};
    if (!found.why_not.empty())
        co_return alone;
    requests asked;
    try {
        asked = co_await read_requests(ctx.api_of(p), job);
    } catch (const provider::provider_error &e) {
        if (e.status() != 404)
            throw;
    }
    auto work = [&](db::connection &c) { return store_job(c, ctx, p, found, job, asked); };
    co_return co_await ctx.db.run(work);
}

awaitable<milliseconds> installation_age(context &ctx, account_id account) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        return store::accounts{tx}.compared_until(account).installation_age;
    };
    co_return co_await ctx.db.run(work);
}

/// In the order in which they were made, each collected before the next: an answer that was rejected is part of the
/// request that repeats it.
awaitable<std::vector<adopted_job>> adopt_all(context &ctx) {
    auto &p = ctx.pipelines.front();
    auto &api = ctx.api_of(p);
    if (!can_list(api))
        throw usage_error{"the provider's listing does not show which batches are ours",
                          "take them in one by one: smelt adopt BATCH REMOTE_ID"};
    co_await serve(ctx);
    release_batches(ctx);
    const auto age = co_await installation_age(ctx, p.account);
    const auto jobs = co_await strangers(ctx, p, api, age);
    std::vector<adopted_job> adopted;
    for (const auto &job : jobs) {
        auto one = co_await adopt_one(ctx, p, job);
        adopted.push_back(std::move(one));
        release_batches(ctx);
        co_await serve(ctx);
        release_batches(ctx);
    }
    auto settle = [](db::connection &c) { remember_cluster(c, true); };
    co_await ctx.db.run(settle);
    co_return adopted;
}

} // namespace

std::vector<adopted_job> adopt_from_provider(const config::settings &settings, const config::pipeline &p,
                                             const progress_sink &report) {
    const run_options options;
    session s{settings, options, report};
    const std::vector<config::pipeline> one{p};
    auto &ctx = s.ctx();
    std::vector<adopted_job> adopted;
    const auto work = [&]() -> awaitable<void> {
        co_await sync(ctx, one);
        co_await begin_runner(ctx);
        co_await load_records(ctx, ctx.pipelines.front(), {}, false);
        adopted = co_await adopt_all(ctx);
    };
    try {
        s.execute(work());
    } catch (const http::transport_error &) {
        rethrow_problem(std::current_exception());
    } catch (const provider::provider_error &) {
        rethrow_problem(std::current_exception());
    }
    if (ctx.first_problem)
        rethrow_problem(ctx.first_problem);
    return adopted;
}

} // namespace smelt::orchestrator
