#include "smelt/actions/report.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/error.hpp"
#include "smelt/config/suggest.hpp"
#include "smelt/domain/task_definition.hpp"

#include <algorithm>

namespace smelt::actions {
namespace {

constexpr std::size_t most_fields = 6; ///< chosen by the schema

/// Values of a small set, numbers, and yes or no say something when they are counted.
bool is_countable(const json &schema) {
    if (!schema.is_object())
        return false;
    if (schema.contains("enum") || schema.contains("const"))
        return true;
    const auto type = schema.value("type", json{});
    const auto is = [&](const char *name) {
        return type == name || (type.is_array() && std::ranges::find(type, json(name)) != type.end());
    };
    if (is("array"))
        return schema.contains("items") && is_countable(schema["items"]) && !schema["items"].contains("properties");
    return is("boolean") || is("integer") || is("number");
}

std::vector<std::string> fields_of(const task_definition &task) {
    const auto &output = task.output;
    std::vector<std::string> names;
    if (!output.is_object() || !output.contains("properties")) {
        const bool is_counted = output.is_null() ? task.answer.type != bare_answer::kind::text : is_countable(output);
        return is_counted ? std::vector<std::string>{"output"} : names;
    }
    for (const auto &[name, schema] : output["properties"].items())
        if (names.size() < most_fields && is_countable(schema))
            names.push_back(name);
    return names;
}

/// "place.country" -> its steps; the answer itself where it has no members and "output" is meant.
std::vector<std::string> path_of(const std::string &field, const json &output) {
    const bool has_members = output.is_object() && output.contains("properties");
    if (!has_members && field == "output")
        return {};
    std::vector<std::string> path;
    std::size_t from = 0;
    for (auto at = field.find('.'); at != std::string::npos; from = at + 1, at = field.find('.', from))
        path.push_back(field.substr(from, at - from));
    path.push_back(field.substr(from));
    return path;
}

bool has_field(const json &output, const std::string &field) {
    const auto path = path_of(field, output);
    if (path.empty())
        return true;
    return !output.is_object() || !output.contains("properties") || output["properties"].contains(path.front());
}

/// What batches would have cost request by request.
std::optional<picousd> at_list_prices(const std::vector<store::model_usage> &usage) {
    picousd sum = 0;
    bool any = false;
    for (const auto &one : usage) {
        auto service = config::provider_spec{};
        service.name = one.provider;
        service.synchronous = true;
        const auto list = config::price_of(service, one.model);
        service.synchronous = false;
        const auto batch = config::price_of(service, one.model);
        const bool is_batch = !config::is_synchronous(one.provider);
        any = any || is_batch;
        if (!is_batch)
            sum += one.cost;
        else if (list && batch && batch->input > 0 && one.unpriced == 0)
            sum += static_cast<picousd>(static_cast<double>(one.cost) * static_cast<double>(list->input) /
                                        static_cast<double>(batch->input));
        else
            return std::nullopt;
    }
    return any ? std::optional{sum} : std::nullopt;
}

std::optional<picousd> saved_by_cache(const std::vector<store::model_usage> &usage) {
    picousd sum = 0;
    for (const auto &one : usage) {
        auto service = config::provider_spec{};
        service.name = one.provider;
        service.synchronous = config::is_synchronous(one.provider);
        const auto price = config::price_of(service, one.model);
        if (!price && one.cached > 0)
            return std::nullopt;
        sum += price ? one.cached * (price->input - price->cached) : 0;
    }
    return sum;
}

class reporter {
  public:
    reporter(db::transaction &tx, const store::pipeline_row &pipeline, const report_wish &wish)
        : tx_{tx}, pipeline_{pipeline}, wish_{wish} {}

    task_figures figures(const store::task_report &state, const store::task_row &task) {
        store::analysis all{tx_, pipeline_.id, task.id, wish_.since};
        const auto stored = task.current ? json::parse(store::catalog{tx_}.definition(*task.current)) : json{};
        const auto definition = stored.is_null() ? task_definition{} : definition_from_json(stored);
        task_figures out;
        out.state = state;
        out.scores = all.scores();
        const auto names = wish_.fields.empty() ? fields_of(definition) : wish_.fields;
        for (const auto &name : names)
            if (has_field(definition.output, name))
                out.fields.emplace_back(name, all.field(path_of(name, definition.output)));
        out.usage = all.usage();
        out.synchronous_cost = at_list_prices(out.usage);
        out.cache_saved = saved_by_cache(out.usage);
        out.waste = all.waste();
        out.rules = all.rules();
        for (const auto &rule : definition.rules)
            if (!wish_.since && std::ranges::find(out.rules, rule.name, &store::rule_figures::rule) == out.rules.end())
                out.silent_rules.push_back(rule.name);
        out.batches = all.batches();
        if (!wish_.since)
            for (const auto &failure : failures())
                if (failure.task == state.task)
                    out.failures.push_back(failure);
        return out;
    }

  private:
    const std::vector<store::failure_report> &failures() {
        if (!failures_)
            failures_ = store::reports{tx_}.failure_causes(pipeline_.id);
        return *failures_;
    }

    db::transaction &tx_;
    const store::pipeline_row &pipeline_;
    const report_wish &wish_;
    std::optional<std::vector<store::failure_report>> failures_;
};

/// A field that no answer has is a mistake, as far as there are answers.
void check_fields(const pipeline_figures &report, const report_wish &wish) {
    for (const auto &field : wish.fields) {
        const auto shows_it = [&](const task_figures &t) {
            return t.scores.answers == 0 || std::ranges::any_of(t.fields, [&](const auto &one) {
                       return one.first == field && one.second.values > 0;
                   });
        };
        if (std::ranges::none_of(report.tasks, shows_it))
            throw usage_error{"--field: no answer has a text, number, true or false, or a list of these at " + field,
                              "members are named as in the output schema, inner ones as place.country"};
    }
}

/// One that the pipeline file no longer has, and that was paid for.
store::task_report removed(const std::string &pipeline, const std::string &task) {
    store::task_report state;
    state.pipeline = pipeline;
    state.task = task;
    state.active = false;
    return state;
}

} // namespace

store::model_usage task_figures::total() const {
    store::model_usage sum;
    for (const auto &one : usage) {
        sum.batches += one.batches;
        sum.requests += one.requests;
        sum.accepted += one.accepted;
        sum.rejected += one.rejected;
        sum.unanswered += one.unanswered;
        sum.input += one.input;
        sum.cached += one.cached;
        sum.output += one.output;
        sum.reasoning += one.reasoning;
        sum.cost += one.cost;
        sum.unpriced += one.unpriced;
    }
    return sum;
}

picousd task_figures::cost() const {
    return total().cost;
}

bool task_figures::is_partly_unpriced() const {
    return total().unpriced > 0;
}

picousd task_figures::wasted() const {
    return waste.invalid_cost + waste.replaced_cost + waste.failed_cost;
}

pipeline_figures make_report(db::connection &c, const store::pipeline_row &pipeline, const report_wish &wish) {
    find_task(c, pipeline, wish.task);
    // Reading all answers of millions may take long; the user asked for it and can interrupt it.
    db::transaction tx{c, {.read_only = true, .bounds = {.statement = {}}}};
    pipeline_figures out{
        pipeline.name, wish.since, store::reports{tx}.now(), {}, store::reports{tx}.budgets(pipeline.name)};
    reporter all{tx, pipeline, wish};
    const auto tasks = store::catalog{tx}.tasks(pipeline.id);
    for (const auto &state : store::reports{tx}.status(pipeline.name)) {
        const auto found = std::ranges::find(tasks, state.task, &store::task_row::name);
        if (found != tasks.end() && (wish.task.empty() || wish.task == state.task))
            out.tasks.push_back(all.figures(state, *found));
    }
    for (const auto &task : tasks) {
        const auto is_told = std::ranges::any_of(out.tasks, [&](const auto &t) { return t.state.task == task.name; });
        if (is_told || (!wish.task.empty() && wish.task != task.name))
            continue;
        auto figures = all.figures(removed(pipeline.name, task.name), task);
        if (!figures.usage.empty())
            out.tasks.push_back(std::move(figures));
    }
    check_fields(out, wish);
    return out;
}

} // namespace smelt::actions
