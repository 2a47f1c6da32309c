#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/domain/budget.hpp"
#include "smelt/domain/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smelt::store {

/// What a pipeline's file says of a budget.
struct declared_budget {
    std::optional<account_id> account; ///< whose it is; nothing: the pipeline's own
    config::budget_spec amount;
};

/// A budget that applies, and how much of it is used.
struct budget_row {
    std::int32_t id = 0;
    std::string account; ///< "openai at https://…"; empty: the pipeline's own
    std::string said_by; ///< pipelines whose files name it, the smallest amount first
    budget_use use;
    picousd wanted = 0; ///< what may cost the request that did not fit last
};

/// What may be spent, and what is.
class budgets {
  public:
    explicit budgets(db::transaction &tx) : tx_{tx} {}

    /// The file says these and no others. Nothing is written where it has said so before.
    void declare(pipeline_id p, const std::vector<declared_budget> &all);
    /// Locks what applies to requests of the pipeline to the account: nobody else reserves of it until the transaction
    /// ends. Between the task's lock and the account's. False: nothing applies.
    bool lock(pipeline_id p, account_id a);
    /// Whether anything applies to requests of the pipeline to the account.
    bool any(pipeline_id p, account_id a);
    /// What applies, as used without the batch. invocation: whose use of a budget per invocation is meant.
    std::vector<budget_row> of(pipeline_id p, account_id a, runner_id invocation, batch_id without = {});
    /// What the request may cost that did not fit, for those who look; nothing: the last one fitted.
    void want(const budget_row &row, std::optional<picousd> wanted);

  private:
    db::transaction &tx_;
};

} // namespace smelt::store
