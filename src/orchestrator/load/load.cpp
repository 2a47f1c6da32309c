#include "load.hpp"

#include "fetched_staging.hpp"
#include "file_staging.hpp"
#include "load_plan.hpp"
#include "query_staging.hpp"
#include "views.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/forgetting.hpp"
#include "smelt/store/graph.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/records.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::orchestrator {
namespace {

struct loaded {
    store::load_counts counts;
    std::vector<std::string> columns; ///< that the source has shown
    std::vector<std::string> notes;   ///< on its files, for people
    std::optional<bool> whole_keys;   ///< all that were read are whole numbers
    bool was_read = false;
};

/// A load that would requeue many finished items is more often a broken file than a wish.
void guard(const store::records::impact &impact, bool accept_changes) {
    const auto allowed = std::max<std::int64_t>(100, impact.extracted / 20);
    if (accept_changes || impact.requeued <= allowed)
        return;
    throw usage_error{fmt::format("this load would send {} of {} extracted items again; nothing was loaded",
                                  group_digits(impact.requeued), group_digits(impact.extracted)),
                      "look at what changed in the source; if it is meant, repeat with --accept-changes"};
}

/// Two pipeline files of one name are one pipeline: what the second calls its records replaces those of the first. A
/// folder that was only moved changes none of them.
void guard_other_file(store::records &records, pipeline_id p, const std::string &name, const load_plan &plan) {
    if (plan.file == plan.last_file)
        return;
    const auto seen = records.measure_alteration(p);
    if (seen.altered == 0)
        return;
    const auto impact = records.measure(p);
    throw usage_error{
        fmt::format("pipeline {} was loaded from {} last, and {} would change {} of its {} records and send {} of {} "
                    "extracted items again; nothing was loaded",
                    name, plan.last_file, plan.file, group_digits(seen.altered), group_digits(seen.records),
                    group_digits(impact.requeued), group_digits(impact.extracted)),
        "if these are two pipelines, give this file another name after `pipeline:`; if it was moved and its records "
        "are meant to change, say so to smelt run or smelt load with --accept-changes"};
}

void refuse_unusable(store::records &records, const registered_pipeline &p, const load_plan &plan) {
    if (std::ranges::any_of(p.tasks, [](const auto &task) { return !task.needs.empty(); }))
        if (const auto key = records.key_with_field(p.id, "tasks"))
            throw usage_error{"the record " + *key +
                                  " has a field called tasks, the name by which templates and conditions reach needed "
                                  "answers; nothing was loaded",
                              "give the field another name in the source"};
    if (p.config->rules)
        if (const auto key = records.key_with_field(p.id, "evidence"))
            throw usage_error{"the record " + *key +
                                  " has a field called evidence, the name by which templates and rules reach what the "
                                  "rule pack has found; nothing was loaded",
                              "give the field another name in the source"};
    if (records.is_first_load())
        return; // PostgreSQL has refused duplicates already
    if (p.config->source.key.numbers_equal_rows())
        records.number_equal();
    records.end_staging(p.id);
    if (const auto twice = records.find_duplicate(p.id, plan.unread))
        throw usage_error{"the key " + twice->key + " stands twice in the source: " + twice->first + " and " +
                              twice->second + "; nothing was loaded",
                          "keys name records for good, so each may stand once in all files of the source together"};
    records.mark_changes(p.id, plan.same_fields, plan.fields);
}

store::load_counts merge(store::records &records, const registered_pipeline &p, const load_plan &plan,
                         bool accept_changes) {
    if (records.is_first_load())
        return records.merge(p.id);
    if (!accept_changes)
        guard_other_file(records, p.id, p.config->name, plan);
    guard(records.measure(p.id), accept_changes);
    return records.merge(p.id);
}

bool skips_gone(const store::records &records, const registered_pipeline &p) {
    return p.config->source.skips_gone && !records.is_first_load();
}

void skip_gone(store::records &records, const registered_pipeline &p, const std::vector<std::int64_t> &gone,
               std::vector<std::string> &notes) {
    records.skip_gone(p.id, gone);
    if (!gone.empty())
        notes.push_back(fmt::format("{} {} gone from the source; what was not sent of {} is skipped", gone.size(),
                                    gone.size() == 1 ? "record is" : "records are", gone.size() == 1 ? "it" : "them"));
}

std::string records_text(std::size_t n) {
    return group_digits(static_cast<std::int64_t>(n)) + (n == 1 ? " record" : " records");
}

/// Also where there was a dedupe before.
void regroup(store::records &records, const registered_pipeline &p, const load_plan &plan,
             const std::vector<std::int64_t> &gone, std::vector<std::string> &notes) {
    const auto &dedupe = p.config->dedupe;
    if (records.is_first_load() || (!dedupe && !plan.everything))
        return;
    const auto copies = records.regroup(p.id, dedupe && dedupe->keeps_last, gone);
    if (copies > 0)
        notes.push_back(records_text(static_cast<std::size_t>(copies)) +
                        (copies == 1 ? " equals another one and is" : " equal others and are") + " not asked (dedupe)");
}

loaded load_files(db::transaction &tx, store::records &records, db::connection &rules, const registered_pipeline &p,
                  const load_plan &plan, run_pass &pass, bool accept_changes) {
    file_staging staging{tx, records, rules, p, plan, pass};
    staging.stage();
    records.forget_files(plan.gone);
    failpoint("load.after_copy");
    refuse_unusable(records, p, plan);
    if (staging.may_hide_duplicate()) {
        staging.stage_everything();
        refuse_unusable(records, p, plan);
    }
    const auto gone = skips_gone(records, p) ? staging.gone() : std::vector<std::int64_t>{};
    auto counts = merge(records, p, plan, accept_changes);
    auto notes = staging.notes();
    skip_gone(records, p, gone, notes);
    regroup(records, p, plan, gone, notes);
    staging.finish();
    counts.read += staging.skipped();
    counts.unchanged += staging.skipped();
    return {counts, staging.columns(), std::move(notes), staging.has_whole_keys()};
}

/// Rows that ask for it are sent again, though they are finished.
void ask_again(db::transaction &tx, store::records &records, const registered_pipeline &p, const load_plan &plan,
               std::vector<std::string> &notes) {
    const auto &again = p.config->source.again;
    if (records.is_first_load())
        return;
    if (!again) {
        if (plan.everything)
            records.forget_asking(p.id);
        return;
    }
    const auto asked = records.ask_again(p.id, again->times);
    const auto reason = fmt::format("again: its row has asked to be sent again more than {} times", again->times);
    for (const auto &task : p.tasks) {
        if (!asked.keys.empty()) {
            store::items{tx}.redo(p.id, task.id, {.keys = asked.keys});
            store::items{tx}.retry(p.id, task.id, asked.keys);
        }
        records.overtake_judged(p.id, task.id, asked.judged);
        records.end_asking(p.id, task.id, asked.too_often, reason);
        store::graph{tx}.taken_away(p.id, task.id, asked.too_often);
    }
    if (!asked.keys.empty())
        notes.push_back(fmt::format("{} {} sent again, because {} asked for it", records_text(asked.keys.size()),
                                    asked.keys.size() == 1 ? "is" : "are",
                                    asked.keys.size() == 1 ? "its row has" : "their rows have"));
    if (!asked.judged.empty())
        notes.push_back(fmt::format("{} that a person has judged {} although {} to be sent again; smelt redo {} "
                                    "--changed --replace-reviewed asks again",
                                    asked.judged.size() == 1
                                        ? "an answer"
                                        : group_digits(static_cast<std::int64_t>(asked.judged.size())) + " answers",
                                    asked.judged.size() == 1 ? "stays" : "stay",
                                    asked.judged.size() == 1 ? "its row asks" : "their rows ask", p.config->name));
    if (!asked.too_often.empty())
        notes.push_back(fmt::format("{} failed: {} asked to be sent again more than {} times; smelt retry allows as "
                                    "many again",
                                    records_text(asked.too_often.size()),
                                    asked.too_often.size() == 1 ? "its row has" : "their rows have", again->times));
}

loaded load_query(db::transaction &tx, store::records &records, db::connection &rules, const registered_pipeline &p,
                  const load_plan &plan, run_pass &pass, bool accept_changes) {
    const bool is_fetched = p.config->source.kind == config::source_kind::http;
    const auto fetched = store::fetches{tx, p.id}.state();
    auto rows = is_fetched ? stage_fetched(records, rules, p, plan, pass) : stage_query(records, rules, p, plan, pass);
    loaded staged{{}, std::move(rows.columns), std::move(rows.notes), rows.has_whole_keys};
    records.forget_files(plan.gone);
    failpoint("load.after_copy");
    refuse_unusable(records, p, plan);
    // What an incomplete list does not have may be on a page that was not read.
    const bool finds_gone = skips_gone(records, p) && (!is_fetched || fetched.is_complete);
    const auto gone = finds_gone ? records.gone_of_query(p.id) : std::vector<std::int64_t>{};
    if (is_fetched)
        store::fetches{tx, p.id}.set_loaded(fetched.version);
    staged.counts = merge(records, p, plan, accept_changes);
    skip_gone(records, p, gone, staged.notes);
    regroup(records, p, plan, gone, staged.notes);
    ask_again(tx, records, p, plan, staged.notes);
    return staged;
}

/// Everything in one transaction. False: another run is loading. With may_be_first, a key that stands twice in a first
/// load is pqxx::unique_violation.
bool load_once(db::connection &c, run_pass &pass, const registered_pipeline &p, const load_choice &choice,
               bool may_be_first, loaded &done) {
    db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {.statement = {}}}};
    auto plan = make_plan(tx, p, choice);
    const bool is_query = !p.config->source.is_files();
    if (!plan.is_due)
        return true;
    if (plan.read.empty() && !is_query && (plan.lost.empty() || !p.config->source.skips_gone)) {
        for (const auto &[file, ctime] : plan.touched)
            store::records{tx}.set_file_touched(file, ctime);
        if (plan.file != plan.last_file || !plan.touched.empty()) {
            store::catalog{tx}.set_loaded(p.id, plan.file, plan.fields, plan.filters, plan.columns, std::nullopt,
                                          p.config->source.key.numbers_equal_rows());
            tx.commit();
        }
        return true;
    }
    store::records records{tx};
    if (!records.try_lock(p.id))
        return false;
    store::forgetting forgetting{tx, p.id};
    forgetting.refuse();
    plan.forgotten = forgetting.keys();
    db::connection rules{pass.run.conninfo, "smelt load rules"};
    const db::pool::guest stoppable{pass.run.db, rules};
    if (may_be_first && !p.config->source.key.numbers_equal_rows() && !p.config->dedupe && records.has_no_record(p.id))
        records.begin_first_load(p.id);
    else
        records.begin_staging();
    for (const auto &[file, ctime] : plan.touched)
        records.set_file_touched(file, ctime);
    done = is_query ? load_query(tx, records, rules, p, plan, pass, choice.accept_changes)
                    : load_files(tx, records, rules, p, plan, pass, choice.accept_changes);
    done.was_read = true;
    store::catalog{tx}.set_loaded(p.id, plan.file, plan.fields, plan.filters, merge_columns(plan.columns, done.columns),
                                  done.whole_keys, p.config->source.key.numbers_equal_rows());
    if (done.counts.added >= 10'000)
        records.analyze();
    failpoint("load.before_commit");
    tx.commit();
    failpoint("load.after_commit");
    return true;
}

/// What PostgreSQL refused in a first load is staged and compared, which finds both places of a key.
bool load_or_explain(db::connection &c, run_pass &pass, const registered_pipeline &p, const load_choice &choice,
                     loaded &done) {
    try {
        done = {};
        return load_once(c, pass, p, choice, true, done);
    } catch (const pqxx::unique_violation &) {
        done = {};
        return load_once(c, pass, p, choice, false, done);
    }
}

// Pauses between looks at whether another run still loads.
constexpr milliseconds first_wait{50};
constexpr milliseconds longest_wait{1000};

} // namespace

awaitable<bool> load_records(run_pass &pass, registered_pipeline &p, load_choice choice, milliseconds lock_wait) {
    pass.run.report({"load", p.config->name, 0, 0, {}});
    loaded done;
    auto work = [&](db::connection &c) { return load_or_explain(c, pass, p, choice, done); };
    bool has_loaded = co_await pass.run.db.run(work);
    const auto until = std::chrono::steady_clock::now() + lock_wait;
    for (auto wait = first_wait; !has_loaded && std::chrono::steady_clock::now() < until;
         wait = std::min(wait * 2, longest_wait)) {
        if (wait == first_wait)
            log::info("{}: another run is loading; waiting for it", p.config->name);
        co_await pause(pass.run.io, wait);
        has_loaded = co_await pass.run.db.run(work);
    }
    if (has_loaded && done.was_read)
        p.read_at = std::chrono::steady_clock::now();
    const auto &counts = done.counts;
    if (counts.added > 0 && done.whole_keys.value_or(false)) {
        auto views = [&](db::connection &c) { return rebuild_views(c, p); };
        auto notes = co_await pass.run.db.run(views);
        for (auto &note : notes)
            pass.note(std::move(note));
    }
    for (auto &note : done.notes)
        pass.note(p.config->name + ": " + std::move(note));
    pass.run.summary.records_added += counts.added;
    pass.run.summary.records_changed += counts.changed;
    // A source that is read in each pass has nothing to say of most of them.
    if (counts.read > counts.unchanged || (counts.read > 0 && !choice.only_if_due))
        log::info("{}: {} rows read, {} new, {} changed", p.config->name, counts.read, counts.added, counts.changed);
    co_return has_loaded;
}

} // namespace smelt::orchestrator
