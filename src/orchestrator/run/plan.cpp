#include "smelt/orchestrator/plan.hpp"

#include "orchestrator/budgets.hpp"
#include "orchestrator/failover.hpp"
#include "orchestrator/graph/due.hpp"
#include "orchestrator/holds.hpp"
#include "orchestrator/load/load.hpp"
#include "orchestrator/load/sync.hpp"
#include "orchestrator/submit/build.hpp"
#include "orchestrator/submit/fields.hpp"
#include "orchestrator/submit/send.hpp"
#include "orchestrator/transactions.hpp"
#include "request_sample.hpp"
#include "session.hpp"

#include "smelt/base/text.hpp"
#include "smelt/orchestrator/estimate.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/reports.hpp"

#include <algorithm>
#include <map>

namespace smelt::orchestrator {
namespace {

/// What feedback adds to a request that is repeated, at most: the answer as far as it is kept, and what was wrong.
constexpr std::int64_t feedback_bytes = 10'000;

/// What one task's items come to, as those that need it see it.
struct answers_to_come {
    std::optional<double> accepted; ///< nothing: not known
};

struct planner {
    run_pass &pass;
    registered_pipeline &p;
    std::vector<store::task_report> counts; ///< of the tasks, by name
    std::map<std::int32_t, answers_to_come> to_come;

    [[nodiscard]] store::task_report counts_of(const registered_task &task) const {
        const auto found = std::ranges::find(counts, task.spec->definition.name, &store::task_report::task);
        return found == counts.end() ? store::task_report{} : *found;
    }
};

/// How many of the items that wait for other tasks probably follow; nothing: those have not shown it yet.
std::optional<double> follow_of(db::transaction &tx, const planner &all, const registered_task &task,
                                const store::task_report &counts) {
    if (counts.waiting == 0)
        return 0;
    auto answered = static_cast<double>(counts.waiting);
    for (const auto need : task.needs) {
        const auto found = all.to_come.find(need);
        if (found == all.to_come.end() || !found->second.accepted)
            return std::nullopt;
        answered = std::min(answered, *found->second.accepted);
    }
    if (task.needs.empty())
        return 0; // their source lacks something
    if (answered == 0 || task.spec->when.empty())
        return answered;
    // What was skipped because a needed task was has not come so far that its own condition was asked.
    const auto refused = store::estimates{tx}.refused(all.p.id, task.id);
    const auto asked = counts.total - counts.waiting - counts.skipped;
    if (asked + refused == 0)
        return std::nullopt;
    return answered * static_cast<double>(asked) / static_cast<double>(asked + refused);
}

/// Items that wait and may be sent by this run.
std::int64_t may_follow_of(const run_options &options, std::int64_t claimable, std::int64_t waiting) {
    if (!options.task.empty())
        return 0; // what they wait for is not sent
    if (options.sample)
        return std::min(waiting, *options.sample);
    return options.max ? std::min(waiting, *options.max - claimable) : waiting;
}

answers_to_come answers_of(const store::task_report &counts, const std::optional<double> &follow) {
    const auto failed = counts.failed + counts.failed_validation;
    const auto unfinished = counts.pending + counts.retrying + counts.submitted;
    if (!follow || counts.extracted + failed == 0)
        return {unfinished == 0 && follow == 0 ? std::optional{0.0} : std::nullopt};
    const auto passed = static_cast<double>(counts.extracted) / static_cast<double>(counts.extracted + failed);
    return {(static_cast<double>(unfinished) + *follow) * passed};
}

/// Of a rung above the first, what that rung and those above have seen.
task_history history_of(db::transaction &tx, const planner &all, const registered_task &task, int rung,
                        const store::task_report &counts) {
    store::estimates past{tx};
    task_history history;
    std::int64_t accepted = 0;
    for (auto &seen : past.history(task.id, task.version)) {
        if (rung > 0 && seen.rung < rung)
            continue;
        const auto at = std::clamp(seen.rung, all.p.lowest_rung(task), static_cast<int>(task.rungs.size()) - 1);
        const auto price = config::price_of(*all.p.asked_on(task, at).spec, seen.model);
        accepted += seen.accepted;
        history.parts.push_back({seen, price ? std::optional{seen.output * price->output} : std::nullopt});
    }
    history.settled = accepted + (rung <= 0 ? counts.failed + counts.failed_validation : 0);
    history.first_bytes = past.first_bytes(task.id, task.version);
    return history;
}

/// What one item may cost: every attempt on this rung and those above, as dear as can be.
std::optional<double> most_of_item(db::transaction &tx, const planner &all, const registered_task &task, int rung,
                                   double bytes, task_plan &out) {
    const auto &retry = task.ready->task.definition().retry;
    double most = 0;
    for (int at = std::max(rung, 0); at < static_cast<int>(task.rungs.size()); ++at) {
        std::vector<request_ceilings> asked{ceilings_of(tx, all.p, task, at)};
        if (at == 0 && all.p.config->has_fallback(*task.spec))
            asked.push_back(ceilings_of(tx, all.p, task, fallback_rung));
        for (int attempt = 0; attempt < attempts_on(retry, at); ++attempt) {
            const auto size = static_cast<std::int64_t>(bytes) + (attempt > 0 && retry.feedback ? feedback_bytes : 0);
            picousd dearest = 0;
            for (const auto &one : asked) {
                if (!one.unknown().empty()) {
                    out.no_limit = one.unknown();
                    return std::nullopt;
                }
                dearest = std::max(dearest, one.of(size, attempt));
            }
            most += static_cast<double>(dearest);
        }
    }
    const auto reopened = retry.reopen ? retry.reopen->times : 0;
    return most * (1 + reopened);
}

/// "the price of gpt-9-super is not known; known are: …"
std::string no_price_of(const config::provider_spec &asked, const std::string &model) {
    constexpr std::size_t most_named = 4;
    auto known = config::priced_models(asked);
    const auto alike = [&](const std::string &name) { return std::ranges::mismatch(name, model).in1 - name.begin(); };
    std::ranges::stable_sort(known, std::greater{}, alike);
    std::string near;
    for (std::size_t i = 0; i < std::min(most_named, known.size()); ++i)
        if (alike(known[i]) > 0)
            near += (near.empty() ? "" : ", ") + known[i];
    return "the price of " + model + " is not known" + (near.empty() ? "" : "; known are " + near);
}

void add_batches(task_plan &out, const planner &all, const config::provider_spec &asked,
                 const provider::service_capabilities &offered, const registered_task &task) {
    const auto limits = limits_of(asked.limits, task, offered);
    const auto by_size = limits.bytes / std::max<std::int64_t>(1, out.bytes_per_request);
    const auto per_batch = std::min(limits.requests, std::max<std::int64_t>(1, by_size));
    out.batches = (out.claimable + per_batch - 1) / per_batch;
    out.open_batches = offered.synchronous() ? 0 : asked.limits.open_batches;
    if (const auto first = all.p.config->first_batch; first > 0 && out.rung == 0 && first < out.claimable)
        out.first_batch = first;
}

/// At the prices of a synchronous service, where the built-in table tells them.
std::optional<picousd> at_list_prices(const config::provider_spec &asked, const std::string &model,
                                      const std::optional<picousd> &expected) {
    auto other = asked;
    other.synchronous = true;
    const auto list = config::price_of(other, model), batch = config::price_of(asked, model);
    if (asked.synchronous || !expected || !list || !batch || batch->input == 0 || list->input == batch->input)
        return std::nullopt;
    return *expected / batch->input * list->input;
}

/// What will probably be paid. Of what follows nothing is known before its task has had answers.
void add_expected(const task_history &history, const config::provider_spec &asked,
                  const std::optional<request_sizes> &sizes, task_plan &out) {
    const auto price = config::price_of(asked, out.model);
    if (!price)
        out.no_price = no_price_of(asked, out.model);
    const auto now = expect(history, static_cast<double>(out.claimable), sizes, price);
    const auto later = expect(history, out.follow.value_or(0), std::nullopt, price);
    out.requests = now.requests + later.requests;
    out.is_follow_known = out.may_follow == 0 || (out.follow && !later.is_input_only);
    if (!out.is_follow_known && out.claimable == 0)
        return;
    out.input_tokens = now.input_tokens + later.input_tokens;
    if (now.output_tokens && later.output_tokens)
        out.output_tokens = *now.output_tokens + *later.output_tokens;
    out.is_input_only = now.is_input_only;
    out.is_partly_unpriced = now.is_partly_unpriced || later.is_partly_unpriced;
    if (now.cost)
        out.expected = *now.cost + later.cost.value_or(0);
    out.synchronous = at_list_prices(asked, out.model, out.expected);
}

void add_costs(db::transaction &tx, const planner &all, const registered_task &task, const config::provider_spec &asked,
               const std::optional<request_sizes> &sizes, task_plan &out) {
    const auto history = history_of(tx, all, task, out.rung, all.counts_of(task));
    add_expected(history, asked, sizes, out);
    const auto size = sizes ? std::optional{sizes->mean} : history.first_bytes;
    const auto items = static_cast<double>(out.claimable + out.may_follow);
    if (items == 0)
        out.at_most = 0;
    else if (const auto most = most_of_item(tx, all, task, out.rung, size.value_or(0), out); most && size)
        out.at_most = static_cast<picousd>(std::min(items * *most, static_cast<double>(most_picousd)));
    const auto pace = store::estimates{tx}.pace(task.id);
    out.seconds =
        how_long(pace, out.requests, out.batches, std::max<std::int64_t>(1, out.open_batches), out.first_batch > 0);
}

/// What is at the provider, what waits, and what the tasks that need this one may count on.
void add_followers(db::transaction &tx, planner &all, const registered_task &task, task_plan &out) {
    const auto counts = all.counts_of(task);
    out.in_flight = counts.submitted;
    out.may_follow = may_follow_of(all.pass.run.options, out.claimable, counts.waiting);
    out.follow = follow_of(tx, all, task, counts);
    all.to_come[task.id.value] = answers_of(counts, out.follow);
    if (out.follow)
        out.follow = std::min(*out.follow, static_cast<double>(out.may_follow));
}

/// What the requests look like. Returns their sizes.
std::optional<request_sizes> add_requests(db::transaction &tx, planner &all, const registered_task &task, int asked_on,
                                          task_plan &out) {
    const auto encoder =
        encoder_for(all.pass.pipelines.dialect_of(all.p, all.p.asked_on(task, asked_on)), all.p, task, asked_on);
    const auto sent = expanded(task.ready->task.definition(), *all.p.config, asked_on);
    const request_sample_choice choice{out.rung, out.claimable, all.pass.run.options.sample, all.pass.run.runner.value};
    auto seen = render_sample(tx, all.p.id, task, sent, *encoder, choice);
    const auto sizes = seen.sizes();
    out.looked_at = static_cast<std::int64_t>(seen.bytes.size());
    out.bytes_per_request = sizes ? static_cast<std::int64_t>(sizes->mean) : 0;
    out.request = std::move(seen.first);
    out.too_long = seen.too_long;
    out.too_long_keys = store::estimates{tx}.keys(all.p.id, seen.too_long_records);
    return sizes;
}

task_plan plan_rung(db::transaction &tx, planner &all, const registered_task &task, int rung) {
    const auto &options = all.pass.run.options;
    task_plan out;
    out.rung = rung;
    out.task = task.spec->definition.name;
    out.claimable = store::items{tx}.claimable(all.p.id, task.id, rung, false);
    // As a run decides: what is too little for a batch goes to the fallback.
    out.falls_back = rung == 0 && out.claimable > 0 && all.p.config->has_fallback(*task.spec) &&
                     out.claimable < least_batch(all.p, task);
    const auto asked_on = out.falls_back ? fallback_rung : rung;
    auto &asked = all.p.asked_on(task, asked_on);
    out.model = expanded(task.ready->task.definition(), *all.p.config, asked_on).model;
    out.provider = asked.spec->label.empty() ? asked.spec->name : asked.spec->label;
    out.claimable =
        std::min({out.claimable, options.max.value_or(out.claimable), options.sample.value_or(out.claimable)});
    if (rung == 0)
        add_followers(tx, all, task, out);
    for (auto &hold : holds_of(tx, asked, task.id, asked_on))
        out.holds.push_back(std::move(hold.reason));
    const auto sizes = add_requests(tx, all, task, asked_on, out);
    add_batches(out, all, *asked.spec, all.pass.pipelines.dialect_of(all.p, asked).capabilities(), task);
    add_costs(tx, all, task, *asked.spec, sizes, out);
    return out;
}

/// A sentence about each budget that applies: what is left, or that there is no room for a request of the first task.
std::vector<std::string> budget_lines(db::transaction &tx, const planner &all) {
    std::map<std::int32_t, std::string> lines;
    const auto least = ceilings_of(tx, all.p, all.p.tasks.front(), 0).least();
    for (const auto &s : all.p.services)
        for (const auto &row : store::budgets{tx}.of(all.p.id, s->account, {})) {
            const auto spent = without_room({row}, least);
            lines[row.id] = spent ? sentence_of(*all.p.config, *spent)
                                  : budget_name(*all.p.config, row) + ": " + dollars_of(row.use.left()) + " are left";
        }
    std::vector<std::string> sentences;
    sentences.reserve(lines.size());
    for (auto &[id, line] : lines)
        sentences.push_back(std::move(line));
    return sentences;
}

pipeline_plan plan_in(db::connection &c, run_pass &pass, registered_pipeline &p) {
    db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {.statement = {}}}};
    check_fields(tx, p);
    check_budgets(tx, p);
    pipeline_plan out;
    out.pipeline = p.config->name;
    out.filtered = store::estimates{tx}.filtered(p.id);
    planner all{pass, p, store::reports{tx}.status(p.config->name), {}};
    for (const auto &task : p.tasks) {
        for (int rung = p.lowest_rung(task); rung < static_cast<int>(task.rungs.size()); ++rung) {
            auto seen = plan_rung(tx, all, task, rung);
            const bool is_wanted = pass.run.options.task.empty() || pass.run.options.task == seen.task;
            if (is_wanted && (rung == 0 || seen.claimable > 0))
                out.tasks.push_back(std::move(seen));
        }
    }
    out.budgets = budget_lines(tx, all);
    return out;
}

/// Loads, and lets each item stand where a run would have it.
awaitable<void> prepare(run_pass &pass, registered_pipeline &p) {
    const load_choice choice{{}, pass.run.options.accept_changes, false};
    co_await load_records(pass, p, choice);
    co_await settle_due_items(pass, p);
    // Nothing is sent, so no key is needed to see what would be.
    for (auto &asked : p.services) {
        asked->client = std::make_unique<http::client>(pass.run.io.get_executor(), http::client_options{});
        asked->connect({}, *asked->client);
    }
    for (const auto &task : p.tasks) {
        const auto rungs = static_cast<int>(task.rungs.size());
        const bool has_fallback = p.config->has_fallback(*task.spec);
        auto lower = [&](db::transaction &tx) { store::items{tx}.lower(p.id, task.id, rungs - 1, has_fallback); };
        co_await write(pass.run, lower);
    }
}

std::optional<picousd> sum_of(const std::vector<task_plan> &tasks, std::optional<picousd> task_plan::*amount) {
    picousd sum = 0;
    for (const auto &t : tasks) {
        if (!(t.*amount))
            return std::nullopt;
        sum = std::min(sum + *(t.*amount), most_picousd);
    }
    return sum;
}

} // namespace

std::optional<picousd> pipeline_plan::expected() const {
    return sum_of(tasks, &task_plan::expected);
}

std::optional<picousd> pipeline_plan::at_most() const {
    return sum_of(tasks, &task_plan::at_most);
}

pipeline_plan plan(const config::settings &settings, const config::pipeline &p, const run_options &options) {
    const progress_sink silent = [](const run_progress &) {};
    session s{settings, options, silent};
    auto &pass = s.pass();
    const std::vector<config::pipeline> one{p};
    pipeline_plan out;
    const auto work = [&]() -> awaitable<void> {
        co_await sync(pass, one);
        auto &registered = pass.pipelines.only();
        co_await prepare(pass, registered);
        auto look = [&](db::connection &c) { return plan_in(c, pass, registered); };
        out = co_await pass.run.db.run(look);
    };
    s.execute(work());
    if (pass.first_problem)
        rethrow_problem(pass.first_problem);
    return out;
}

} // namespace smelt::orchestrator
