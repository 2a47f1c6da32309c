#include "remote_files.hpp"

#include "listing.hpp"
#include "orchestrator/transactions.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/remote_files.hpp"

#include <algorithm>

namespace smelt::orchestrator {
namespace {

/// Uploads whose id was never stored, by their names. Those of which the provider has a job after all, which a restored
/// database may have forgotten, are left alone.
awaitable<void> name_files(const run_pass &pass, provider::batch_api &api, std::vector<store::remote_file> &rows) {
    std::set<std::string> names;
    milliseconds oldest{0};
    for (const auto &row : rows)
        if (row.unnamed) {
            names.insert(input_name(row.nonce));
            oldest = std::max(oldest, row.age);
        }
    // Without a listing nobody knows which of them a job uses.
    if (names.empty() || !can_find(api))
        co_return;
    const auto ours = co_await list_ours(pass, api, oldest);
    if (ours.incomplete)
        co_return;
    const auto &jobs = ours.batches;
    std::erase_if(rows, [&](const store::remote_file &row) {
        return row.unnamed && std::ranges::find(jobs, row.nonce, &provider::remote_batch::nonce) != jobs.end();
    });
    const auto found = co_await api.find_files(names, oldest);
    for (auto &row : rows)
        if (const auto file = found.find(input_name(row.nonce)); row.unnamed && file != found.end())
            if (std::ranges::find(jobs, file->second, &provider::remote_batch::input_file) == jobs.end())
                row.files.push_back(file->second);
}

awaitable<void> delete_remote_files_of(run_pass &pass, registered_pipeline &p, service &s) {
    auto look = [&](db::transaction &tx) {
        return store::remote_files{tx}.to_delete(p.id, s.account, s.spec->delete_files,
                                                 p.config->timing.late_duplicates);
    };
    auto rows = co_await read(pass.run, look);
    if (rows.empty())
        co_return;
    if (!pass.pipelines.dialect_of(p, s).capabilities().keeps_files)
        co_return;
    auto &api = pass.pipelines.batch_api_of(p, s);
    std::erase_if(rows, [&](const store::remote_file &row) {
        return !row.key_fingerprint.empty() && row.key_fingerprint != s.key_fingerprint;
    });
    co_await name_files(pass, api, rows);
    for (const auto &row : rows) {
        const auto whose = "batch " + std::to_string(row.batch.value);
        auto step = delete_files(pass, api, row.batch, row.files);
        co_await delete_or_later(whose, std::move(step));
    }
}

} // namespace

std::string input_name(const std::string &nonce) {
    return "smelt-" + nonce + ".jsonl";
}

awaitable<void> delete_files(run_pass &pass, provider::batch_api &api, batch_id b,
                             const std::vector<std::string> &files) {
    failpoint("remote_files.before_delete");
    for (const auto &file : files)
        co_await api.delete_file(file);
    failpoint("remote_files.after_delete");
    auto work = [&](db::transaction &tx) { store::remote_files{tx}.deleted(b); };
    co_await write(pass.run, work);
}

awaitable<void> delete_or_later(std::string whose, awaitable<void> step) {
    std::string why;
    try {
        co_await std::move(step);
        co_return;
    } catch (const interrupted &) {
        throw;
    } catch (const error &e) {
        why = e.what();
    }
    log::info("{}: files at the provider are deleted later: {}", whose, why);
}

awaitable<void> delete_remote_files(run_pass &pass) {
    for (auto &p : pass.pipelines)
        for (auto &s : p.services) {
            if (s->spec->synchronous)
                continue;
            auto step = delete_remote_files_of(pass, p, *s);
            co_await delete_or_later(p.config->name, std::move(step));
        }
}

} // namespace smelt::orchestrator
