#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/store/analysis.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/reports.hpp"

#include <optional>
#include <string>
#include <vector>

/// What a pipeline has come to: results, scores, distributions, money.
namespace smelt::actions {

struct report_wish {
    std::string task;                 ///< empty: all
    std::vector<std::string> fields;  ///< members of the answers, such as "topic" or "place.country"; empty: chosen by
                                      ///< the output schema
    std::optional<std::string> since; ///< answers and batches from this time on; nothing: all
};

/// What a task has come to.
struct task_figures {
    store::task_report state;
    store::score_figures scores;
    std::vector<std::pair<std::string, store::field_figures>> fields; ///< by name
    std::vector<store::model_usage> usage;
    /// The same at prices of synchronous requests, where the built-in table knows them of all that was asked in
    /// batches; nothing: not known, or nothing was.
    std::optional<picousd> synchronous_cost;
    /// What input from the provider's cache would have cost more, by the built-in prices; nothing: not known.
    std::optional<picousd> cache_saved;
    store::wasted_answers waste;
    std::vector<store::rule_figures> rules;      ///< that found fault with answers, and "schema"
    std::vector<std::string> silent_rules;       ///< that never did
    std::vector<store::failure_report> failures; ///< an example of each cause
    store::batch_figures batches;

    /// Of all rungs and models together.
    [[nodiscard]] store::model_usage total() const;
    [[nodiscard]] picousd cost() const;
    [[nodiscard]] bool is_partly_unpriced() const;
    [[nodiscard]] picousd wasted() const;
};

struct pipeline_figures {
    std::string pipeline;
    std::optional<std::string> since;
    std::string made_at; ///< UTC
    std::vector<task_figures> tasks;
    std::vector<store::budget_report> budgets;
};

/// Reads what there is; nothing is changed. Throws usage_error for a task or field that there is not.
pipeline_figures make_report(db::connection &c, const store::pipeline_row &pipeline, const report_wish &wish);

} // namespace smelt::actions
