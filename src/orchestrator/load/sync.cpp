#include "sync.hpp"

#include "task_checks.hpp"
#include "views.hpp"
#include "write_back_check.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/config/expand.hpp"
#include "smelt/extraction/provider_schema.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/budgets.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/forgetting.hpp"
#include "smelt/store/graph.hpp"
#include "smelt/store/items.hpp"
#include "smelt/store/records.hpp"
#include "smelt/store/rule_checks.hpp"
#include "smelt/store/rule_packs.hpp"
#include "smelt/store/typed_views.hpp"
#include "smelt/store/write_back.hpp"

#include <algorithm>

namespace smelt::orchestrator {
namespace {

task_definition definition_for(const config::task_spec &spec, const run_options &options) {
    auto definition = spec.definition;
    if (!options.model.empty() && (options.task.empty() || options.task == definition.name)) {
        definition.model = options.model;
        definition.model_override = true;
    }
    return definition;
}

/// What the templates name of needed answers, for smelt.task_version.parts: all of what is named without a member.
std::string parts_of(const registered_pipeline &p, const config::task_spec &spec,
                     const extraction::compiled_task &task) {
    auto parts = json::array();
    for (const auto &path : task.task_members())
        for (const auto &needed : p.tasks) {
            const auto &name = needed.spec->definition.name;
            if (std::ranges::find(spec.needs, name) != spec.needs.end() && (path.empty() || path.front() == name))
                parts.push_back(
                    {{"task", needed.id.value},
                     {"path",
                      path.empty() ? json::array() : json(std::vector<std::string>{path.begin() + 1, path.end()})}});
        }
    return parts.dump();
}

/// A sum of write_back_event.
int events_of(const config::task_spec &spec) {
    int events = 0;
    for (const auto &[event, statements] : spec.write_back)
        events += static_cast<int>(event);
    return events;
}

/// Everything that can be known to be wrong without a database row: template, schema, view, provider's rules.
std::shared_ptr<const loaded_version> compile(const config::pipeline &p, const config::task_spec &spec,
                                              const run_options &options) {
    try {
        auto ready = std::make_shared<const loaded_version>(definition_for(spec, options));
        store::check_view(p.name, ready->task.definition().name, extraction::output_columns(ready->task.definition()));
        check_task(p, spec, ready->task);
        return ready;
    } catch (const file_error &) {
        throw;
    } catch (const usage_error &e) {
        throw file_error{p.file.string(), spec.line, e.what(), e.hint()};
    }
}

std::vector<store::expression> expressions_of(const config::pipeline &p, const config::task_spec &spec) {
    std::vector<store::expression> expressions;
    for (const auto &rule : spec.definition.rules)
        expressions.push_back({"rule " + rule.name, rule.check});
    if (!spec.when.empty())
        expressions.push_back({"when", spec.when, store::expression::sees::tasks_and_fields});
    for (auto &expression : expressions)
        expression.without_evidence = !p.rules;
    return expressions;
}

void check_sql(db::connection &c, const config::pipeline &p) {
    std::vector<store::expression> filters;
    for (const auto &filter : p.prefilters)
        filters.push_back({"prefilter " + filter.name, filter.skip_if, store::expression::sees::fields});
    if (p.dedupe)
        filters.push_back({"dedupe.by", p.dedupe->by, store::expression::sees::fields, true});
    store::check_expressions(c, filters, p.file.string());
    if (p.rules)
        store::check_rule_pack(c, *p.rules);
    for (const auto &task : p.tasks)
        store::check_expressions(c, expressions_of(p, task),
                                 p.file.string() + ":" + std::to_string(task.line) + ": task " + task.definition.name);
}

/// Going back is a decision: items extracted by the newer version would otherwise be mixed with the old one's silently.
void check_no_step_back(const store::task_row *known, const store::version_row &version, const config::pipeline &p,
                        const config::task_spec &spec, const run_options &options) {
    if (known == nullptr || !known->current || *known->current == version.id || version.is_new ||
        version.model_override || options.allow_old_version)
        return;
    throw file_error{
        p.file.string(), spec.line, "task " + spec.definition.name + " is back at an earlier version of its definition",
        "run with --allow-old-version if that is meant; smelt redo PIPELINE --changed sends finished items again"};
}

/// A load that is under way has not seen a task that is new, and would make no items for it.
struct load_under_way {};

class registrar {
  public:
    registrar(db::transaction &tx, const config::pipeline &p, const run_options &options)
        : tx_{tx}, catalog_{tx}, config_{p}, options_{options} {}

    registered_pipeline run(const std::vector<std::shared_ptr<const loaded_version>> &ready) {
        registered_pipeline p;
        p.config = &config_;
        p.id = catalog_.upsert_pipeline(config_.name, config_.absolute_file().string());
        if (!options_.serves_forgotten)
            store::forgetting{tx_, p.id}.refuse();
        if (const auto row = catalog_.find_pipeline(config_.name))
            last_file_ = row->file;
        register_services(p);
        known_ = catalog_.tasks(p.id);
        std::vector<std::int32_t> active;
        for (std::size_t i = 0; i < config_.tasks.size(); ++i) {
            p.tasks.push_back(add(p, config_.tasks[i], static_cast<int>(i), ready[i]));
            active.push_back(p.tasks.back().id.value);
        }
        // A renamed task leaves as many as before.
        const auto is_gone = [&](const store::task_row &t) {
            return t.active && std::ranges::find(active, t.id.value) == active.end();
        };
        if (std::ranges::any_of(known_, is_gone))
            catalog_.deactivate_tasks_but(p.id, active);
        for (const auto &task : p.tasks)
            if (task.is_new)
                check_view(p, task);
        return p;
    }

  private:
    void check_view(const registered_pipeline &p, const registered_task &task) {
        try {
            store::check_view_is_free(tx_, p.id, config_.name, task.spec->definition.name);
        } catch (const usage_error &e) {
            throw file_error{config_.file.string(), task.spec->line, e.what(), e.hint()};
        }
    }

    void declare_budgets(const registered_pipeline &p) {
        std::vector<store::declared_budget> all;
        for (const auto &amount : config_.budgets)
            all.push_back({std::nullopt, amount});
        for (const auto &s : p.services)
            for (const auto &amount : s->spec->budgets)
                all.push_back({s->account, amount});
        store::budgets{tx_}.declare(p.id, all);
    }

    void register_services(registered_pipeline &p) {
        std::vector<std::int32_t> accounts;
        for (const auto &spec : config_.providers) {
            auto &s = *p.services.emplace_back(std::make_unique<service>());
            s.spec = &spec;
            s.account = catalog_.upsert_account(spec);
            accounts.push_back(s.account.value);
        }
        declare_budgets(p);
        const auto keys = catalog_.set_accounts(p.id, accounts);
        for (auto &s : p.services)
            if (const auto key = keys.find(s->account); key != keys.end())
                s->key_fingerprint = key->second;
        if (config_.fallback)
            p.fallback = p.services[config_.fallback->provider].get();
    }

    /// Whom the task asks, by rung, and then its fallback.
    void set_rungs(const registered_pipeline &p, registered_task &task) {
        std::vector<std::int32_t> accounts;
        for (const auto provider : task.spec->rungs) {
            task.rungs.push_back(p.services[provider].get());
            accounts.push_back(task.rungs.back()->account.value);
        }
        if (config_.has_fallback(*task.spec))
            accounts.push_back(p.fallback->account.value);
        catalog_.set_accounts_of(task.id, accounts);
    }

    registered_task add(const registered_pipeline &p, const config::task_spec &spec, int position,
                        const std::shared_ptr<const loaded_version> &ready) {
        const auto row = std::ranges::find(known_, spec.definition.name, &store::task_row::name);
        const auto *known = row == known_.end() ? nullptr : &*row;
        registered_task task;
        task.spec = &spec;
        for (const auto &need : spec.needs)
            task.needs.push_back(
                std::ranges::find(p.tasks, need, [](const auto &t) { return t.spec->definition.name; })->id.value);
        task.is_ruled = config_.is_ruled(spec);
        task.id = catalog_.upsert_task(p.id, spec.definition.name, task.needs, spec.when, position, spec.priority,
                                       task.is_ruled);
        set_rungs(p, task);
        store::write_back_queue{tx_}.set_events(task.id, events_of(spec));
        task.batch_limit = known ? known->batch_limit : std::nullopt;
        task.is_new = known == nullptr || !known->active;
        task.is_regated = known != nullptr && (known->condition != spec.when || known->needs != task.needs ||
                                               known->ruled != task.is_ruled);
        task.is_reruled = task.is_regated && known->condition == spec.when && known->needs == task.needs;
        if (task.is_new || task.is_regated)
            place_items(p.id, task);

        const auto &definition = ready->task.definition();
        const auto version =
            catalog_.upsert_version(p.id, task.id, definition_hash(definition), to_json(definition).dump(),
                                    parts_of(p, spec, ready->task), definition.model_override);
        check_file(known, version, spec);
        check_no_step_back(known, version, config_, spec, options_);
        if (!definition.model_override && (known == nullptr || known->current != version.id))
            catalog_.set_current(task.id, version.id);
        if (known == nullptr && definition.model_override)
            catalog_.set_current(task.id, version.id);
        task.version = version.id;
        task.has_changed = known != nullptr && known->current && *known->current != version.id && version.is_new &&
                           !definition.model_override;
        task.ready = ready;
        return task;
    }

    /// Two files of one name are one pipeline: the tasks of the second would take the place of the first one's.
    void check_file(const store::task_row *known, const store::version_row &version,
                    const config::task_spec &spec) const {
        const auto file = config_.absolute_file().string();
        if (options_.accept_changes || version.model_override || last_file_.empty() || last_file_ == file ||
            known == nullptr || !known->current || *known->current == version.id)
            return;
        throw file_error{config_.file.string(), spec.line,
                         "pipeline " + config_.name + " was loaded from " + last_file_ + " last, and task " +
                             spec.definition.name + " is another one here; nothing was loaded",
                         "if these are two pipelines, give this file another name after `pipeline:`; if it was moved "
                         "and its tasks are meant to change, say so with --accept-changes"};
    }

    /// Every record has an item of every task, and each stands where the graph of today puts it.
    void place_items(pipeline_id p, const registered_task &task) {
        if (!store::records{tx_}.try_lock(p))
            throw load_under_way{};
        if (const auto key = task.needs.empty() ? std::nullopt : store::records{tx_}.stored_key_with_field(p, "tasks"))
            throw file_error{config_.file.string(), task.spec->line,
                             "the record " + *key + " has a field called tasks, the name by which task " +
                                 task.spec->definition.name + " reaches the answers that it needs",
                             "give the field another name in the source"};
        store::graph graph{tx_};
        if (task.is_new) {
            catalog_.create_missing_items(p, task.id);
            graph.all_due(p, task.id);
        }
        if (task.is_regated)
            graph.reconsider(p, task.id);
    }

    db::transaction &tx_;
    store::catalog catalog_;
    const config::pipeline &config_;
    const run_options &options_;
    std::vector<store::task_row> known_;
    std::string last_file_; ///< that the pipeline was loaded from
};

/// A model that is only shown a schema follows it less well, which would otherwise show in the bill alone.
std::string note_on_schema(const config::pipeline &p, const config::provider_spec &spec,
                           const task_definition &definition) {
    const bool is_strict =
        (spec.dialect == "openai" || spec.dialect == "chat") && spec.quirks.schema == config::schema_form::strict;
    if (!is_strict || definition.output.is_null())
        return {};
    try {
        const auto form = extraction::openai_schema(definition.output);
        return form.strict
                   ? std::string{}
                   : p.name + ": task " + definition.name +
                         ": the model is shown the output schema and not held to it (strict: false): " + form.why_not;
    } catch (const usage_error &) {
        return {}; // said where requests are made, with the place in the file
    }
}

registered_pipeline register_pipeline(db::connection &c, const config::pipeline &p, const run_options &options) {
    std::vector<std::shared_ptr<const loaded_version>> ready;
    for (const auto &task : p.tasks)
        ready.push_back(compile(p, task, options));
    check_sql(c, p);
    check_write_back(c, p);
    db::transaction tx{c};
    auto registered = registrar{tx, p, options}.run(ready);
    failpoint("sync.before_commit");
    tx.commit();
    failpoint("sync.after_commit");
    return registered;
}

} // namespace

namespace {

/// What of a task has changed, and its view made anew; sentences for the user.
std::vector<std::string> refresh(db::connection &c, const config::pipeline &p, const registered_pipeline &registered) {
    std::vector<std::string> notes;
    for (const auto &task : registered.tasks) {
        const auto &definition = task.ready->task.definition();
        if (definition.model_override)
            continue;
        const bool is_other = task.is_new || task.has_changed;
        if (auto about = is_other ? note_on_schema(p, *task.rungs.front()->spec, definition) : std::string{};
            !about.empty())
            notes.push_back(std::move(about));
        if (task.is_regated)
            notes.push_back(
                p.name + (task.is_reruled ? ": the rule pack may answer task " : ": needs or when of task ") +
                definition.name + (task.is_reruled ? (task.is_ruled ? " now;" : " no longer;") : " have changed;") +
                " what is not finished follows them, finished items keep their results");
        if (task.has_changed)
            notes.push_back(p.name + ": task " + definition.name + " has changed; what is finished keeps its " +
                            "results: `smelt redo " + p.name + " --changed` sends it again, and `smelt retry " +
                            p.name + "` what has failed");
    }
    std::ranges::move(rebuild_views(c, registered), std::back_inserter(notes));
    return notes;
}

awaitable<void> sync_one(run_pass &pass, const config::pipeline &p) {
    std::vector<std::string> notes;
    auto work = [&](db::connection &c) -> std::optional<registered_pipeline> {
        try {
            auto registered = register_pipeline(c, p, pass.run.options);
            notes = refresh(c, p, registered);
            return registered;
        } catch (const load_under_way &) {
            return std::nullopt;
        }
    };
    auto registered = co_await pass.run.db.run(work);
    for (bool said = false; !registered; said = true) {
        if (!said)
            log::info("{}: another run is loading; waiting for it, because the tasks have changed", p.name);
        co_await pause(pass.run.io, milliseconds{500});
        registered = co_await pass.run.db.run(work);
    }
    pass.pipelines.add(std::move(*registered));
    for (auto &note : notes)
        pass.note(std::move(note));
}

} // namespace

awaitable<void> sync(run_pass &pass, const std::vector<config::pipeline> &pipelines) {
    for (const auto &p : pipelines)
        co_await isolated(pass, p.name, sync_one(pass, p));
    if (pipelines.size() == 1 && pass.first_problem)
        std::rethrow_exception(pass.first_problem);
}

} // namespace smelt::orchestrator
