#include "orchestrator/budgets.hpp"
#include "orchestrator/load/load.hpp"
#include "orchestrator/load/sync.hpp"
#include "orchestrator/remote/input_file.hpp"
#include "orchestrator/remote/listing.hpp"
#include "orchestrator/remote/remote_files.hpp"
#include "orchestrator/submit/build.hpp"
#include "orchestrator/transactions.hpp"
#include "serve.hpp"
#include "session.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/base/log.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/installation.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/listings.hpp"

#include <fmt/format.h>

#include <fstream>
#include <limits>
#include <unordered_map>

namespace smelt::orchestrator {
namespace {

/// What the input file of a job asks, told apart by hash: a job may have 200 MB of it.
using requests = std::unordered_map<std::int64_t, std::string>;

/// Not every service shows of which file a job was made; the file's name says it, too.
awaitable<std::string> input_of(provider::batch_api &api, const provider::remote_batch &job) {
    if (!job.input_file.empty() || !api.capabilities().keeps_files)
        co_return job.input_file;
    constexpr std::chrono::hours longest_kept{24 * 31};
    const std::set<std::string> names{input_name(job.nonce)};
    const auto found = co_await api.find_files(names, longest_kept);
    co_return found.empty() ? std::string{} : found.begin()->second;
}

/// Empty when there is no file to read.
awaitable<requests> read_requests(provider::batch_api &api, const provider::remote_batch &job) {
    requests asked;
    const auto file = co_await input_of(api, job);
    if (file.empty())
        co_return asked;
    const input_line_sink note = [&](std::int64_t, std::string_view line) {
        if (const auto record = record_of(line, job.nonce))
            asked.emplace(*record, sha256_hex(line));
    };
    co_await read_input(api, file, note);
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
    int rung = 0;
    std::string why_not; ///< when the job cannot be taken in
};

found_task task_of(db::connection &c, run_pass &pass, const registered_pipeline &p, const provider::remote_batch &job) {
    const auto owner = pipeline_of(job);
    if (owner.empty())
        return {{}, 0, "does not say which task it belongs to"};
    if (owner != p.config->name)
        return {{}, 0, "belongs to pipeline " + owner + ": say smelt adopt --from-provider " + owner};
    for (const auto &task : p.tasks) {
        const auto rung = rung_of(job, owner, task.spec->definition.name);
        if (!rung)
            continue;
        std::optional<version_id> version;
        {
            db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
            version = store::catalog{tx}.find_version(task.id, job.version);
        }
        if (!version)
            return {{},
                    0,
                    "was made with a version of task " + task.spec->definition.name +
                        " that this database does not know; put the pipeline file back as it was then"};
        found_task found{task, *rung, {}};
        found.task.version = *version;
        found.task.ready = pass.run.versions.get(c, *version);
        return found;
    }
    return {{}, 0, "belongs to task " + job.task + ", which the pipeline file does not name"};
}

store::fence begin_row(store::batches &table, const run_pass &pass, const registered_pipeline &p,
                       const registered_task &task, int rung, const service &s, const provider::remote_batch &job) {
    const auto model = expanded(task.ready->task.definition(), *p.config, rung).model;
    return table.begin_adopted({p.id, task.id, task.version, rung, s.account, pass.run.runner, job.nonce, model, {}});
}

/// The row that was lost, and those of its items that wait here for exactly what the job was asked. Nothing is stored
/// when it cannot be told yet, or when there is none.
adopted_job store_job(db::connection &c, run_pass &pass, registered_pipeline &p, service &s, const found_task &whose,
                      const provider::remote_batch &job, const requests &asked) {
    const auto &task = whose.task;
    adopted_job out{job.id, 0, static_cast<std::int64_t>(asked.size()), 0, {}};
    std::vector<std::int64_t> records;
    for (const auto &[record, hash] : asked)
        records.push_back(record);
    encoders ready{pass.pipelines.dialect_of(p, s), p, task, whose.rung};
    spool_file spool{pass.run.settings.spool(), job.nonce};
    db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {.statement = {}}}};
    store::batches table{tx};
    store::items items{tx};
    if (const auto elsewhere = items.submitted_among(p.id, task.id, records); elsewhere > 0) {
        out.note = fmt::format("{} of its requests are under way in another batch; say this again when that one is "
                               "collected",
                               elsewhere);
        return out;
    }
    const auto made = begin_row(table, pass, p, task, whose.rung, s, job);
    const auto claimed = items.claim_adopted(p.id, task.id, made.batch, records);
    auto row = table.find(made.batch).value();
    row.claimed = claimed;
    constexpr auto any = std::numeric_limits<std::int64_t>::max();
    const auto ceilings = ceilings_of(tx, p, task, whose.rung);
    const auto built = build(tx, row, task, ready, ceilings, {any, any, 0}, spool);
    auto back = different(spool.path(), job.nonce, asked);
    out.taken = built.sent - static_cast<std::int64_t>(back.size());
    if (out.taken == 0) {
        out.note = "none of its requests is waited for here; --dismiss lets it go";
        return out;
    }
    for (const auto &line : built.unsent)
        back.push_back(line.record.value);
    items.requeue(p.id, task.id, made.batch, back);
    store::built_figures figures{claimed, out.taken, built.replaces, built.bytes, 0, {}};
    if (ceilings.unknown().empty())
        figures.reserved = built.reserved;
    table.built(made, figures);
    table.submitting(made, job.input_file, milliseconds{0}, s.key_fingerprint);
    table.opened(made, job.id, pass.pipelines.view_of(row, job));
    failpoint("adopt.before_commit");
    tx.commit();
    failpoint("adopt.after_commit");
    out.batch = made.batch.value;
    return out;
}

/// Makes the job known, so that it is in nobody's way, and ends it when it still costs money.
awaitable<void> dismiss(run_pass &pass, registered_pipeline &p, service &s, const registered_task &task, int rung,
                        const provider::remote_batch &job, adopted_job &out) {
    const auto why = job.id + " was found at the provider and dismissed: " + out.note;
    auto work = [&](db::transaction &tx) {
        store::batches table{tx};
        const auto made = begin_row(table, pass, p, task, rung, s, job);
        table.dismiss(made, job.id, why);
        return made.batch.value;
    };
    out.batch = co_await write(pass.run, work, durability::on_disk);
    out.note = "dismissed";
    if (!provider::is_terminal(job.state))
        co_await pass.pipelines.batch_api_of(p, s).cancel(job.id);
}

awaitable<adopted_job> adopt_one(run_pass &pass, registered_pipeline &p, service &s, const provider::remote_batch &job,
                                 bool dismiss_others) {
    auto find = [&](db::connection &c) { return task_of(c, pass, p, job); };
    const auto found = co_await pass.run.db.run(find);
    adopted_job out{job.id, 0, 0, 0, found.why_not};
    requests asked;
    try {
        if (found.why_not.empty())
            asked = co_await read_requests(pass.pipelines.batch_api_of(p, s), job);
    } catch (const provider::provider_error &e) {
        if (e.kind() != provider::failure_kind::not_found)
            throw;
        out.note = "its input file is gone, so it cannot be told whose answers it has";
    }
    if (asked.empty() && out.note.empty())
        out.note = "it has no input file, so it cannot be told whose answers it has";
    if (!asked.empty()) {
        auto work = [&](db::connection &c) { return store_job(c, pass, p, s, found, job, asked); };
        out = co_await pass.run.db.run(work);
    }
    const registered_task &task = found.why_not.empty() ? found.task : p.tasks.front();
    const bool is_its_own = pipeline_of(job).empty() || pipeline_of(job) == p.config->name;
    if (out.batch == 0 && dismiss_others && is_its_own)
        co_await dismiss(pass, p, s, task, found.rung, job, out);
    log::info("{}: {} of {} requests taken in{}{}", job.id, out.taken, out.requests, out.note.empty() ? "" : "; ",
              out.note);
    co_return out;
}

awaitable<milliseconds> installation_age(run_pass &pass) {
    auto work = [&](db::transaction &tx) { return store::listings{tx}.installation_age(); };
    co_return co_await read(pass.run, work);
}

/// In the order in which they were made, each collected before the next: an answer that was rejected is part of the
/// request that repeats it.
awaitable<void> adopt_from(run_pass &pass, registered_pipeline &p, service &s, bool dismiss_others,
                           std::vector<adopted_job> &adopted) {
    const auto age = co_await installation_age(pass);
    auto listed = co_await list_ours(pass, pass.pipelines.batch_api_of(p, s), age);
    const auto jobs = co_await unrecognised_jobs(pass, p, std::move(listed));
    for (const auto &job : jobs) {
        // What could not be collected may be what the next ones repeat.
        if (pass.first_problem)
            co_return;
        auto one = co_await adopt_one(pass, p, s, job, dismiss_others);
        adopted.push_back(std::move(one));
        co_await release_batches(pass);
        co_await serve(pass);
        co_await release_batches(pass);
    }
}

awaitable<std::vector<adopted_job>> adopt_all(run_pass &pass, bool dismiss_others) {
    auto &p = pass.pipelines.only();
    std::vector<service *> listing;
    for (auto &s : p.services)
        if (can_list(pass.pipelines.dialect_of(p, *s)))
            listing.push_back(s.get());
    if (listing.empty())
        throw usage_error{"the provider's listing does not show which batches are ours", {}};
    co_await serve(pass);
    co_await release_batches(pass);
    std::vector<adopted_job> adopted;
    for (auto *s : listing)
        co_await adopt_from(pass, p, *s, dismiss_others, adopted);
    auto settle = [](db::connection &c) { store::remember_cluster(c, true); };
    co_await pass.run.db.run(settle);
    co_return adopted;
}

} // namespace

std::vector<adopted_job> adopt_from_provider(const config::settings &settings, const config::pipeline &p,
                                             bool dismiss_others, const progress_sink &report) {
    const run_options options;
    session s{settings, options, report};
    const std::vector<config::pipeline> one{p};
    auto &pass = s.pass();
    std::vector<adopted_job> adopted;
    const auto work = [&]() -> awaitable<void> {
        co_await sync(pass, one);
        co_await begin_runner(pass);
        const load_choice own_source;
        if (!co_await load_records(pass, pass.pipelines.only(), own_source))
            throw unavailable{"another run is loading the source", "say this again when it has ended"};
        adopted = co_await adopt_all(pass, dismiss_others);
    };
    try {
        s.execute(work());
    } catch (const error &) {
        rethrow_problem(std::current_exception());
    }
    if (pass.first_problem)
        rethrow_problem(pass.first_problem);
    return adopted;
}

} // namespace smelt::orchestrator
