#pragma once

#include "orchestrator/run_pass.hpp"
#include "spool_file.hpp"

#include "smelt/orchestrator/request_ceilings.hpp"
#include "smelt/store/results.hpp"

#include <map>
#include <memory>

namespace smelt::orchestrator {

struct batch_limits {
    std::int64_t requests = 0, bytes = 0, tokens = 0; ///< tokens 0: none
    std::int64_t tokens_alone = 0;                    ///< of a batch of one request; 0: none
    std::int64_t room = 0;                            ///< tokens that fit beside the batches under way; 0: any
    bool in_order = false;                            ///< requests stand in the order of their records
    std::optional<picousd> budget{};                  ///< what they may cost at most; nothing: anything
};

/// What building a batch's spool file gave.
struct built_batch {
    std::int64_t sent = 0, bytes = 0;
    std::int64_t replaces = 0;               ///< of those sent, the ones that have an accepted answer already
    std::vector<std::int64_t> requeued;      ///< claimed, but beyond a limit
    std::vector<store::applied_line> unsent; ///< cannot be rendered, or too large by themselves
    picousd reserved = 0;                    ///< what those sent may cost at most, where that is known
    std::vector<picousd> ceilings;           ///< the same of each, in order
    picousd wanted = 0;           ///< what the cheapest may cost that the budget had no room for; 0: all fitted
    bool is_over_budget = false;  ///< the budgets have no room for it any more, and nothing was stored
    bool is_discarded = false;    ///< there was no room even for one: there is no such batch
    bool holds_forgotten = false; ///< a record was forgotten since: nothing of the batch is sent
};

/// The encoders of one rung of a task: after answers that were cut the next request allows more tokens
/// (retry.truncated).
class encoders {
  public:
    /// Throws as encoder_for.
    encoders(const provider::dialect &dialect, const registered_pipeline &p, const registered_task &task, int rung);
    const provider::line_encoder &after(int cuts);

  private:
    const provider::dialect &dialect_;
    const registered_pipeline &pipeline_;
    const registered_task &task_;
    int rung_;
    std::map<int, std::unique_ptr<provider::line_encoder>> made_;
};

/// Renders a claimed batch's items into the spool file and finishes it; items after the first limit are requeued.
built_batch build(db::transaction &tx, const store::batch_row &b, const registered_task &task, encoders &encoders,
                  const request_ceilings &ceilings, const batch_limits &limits, spool_file &spool);

/// custom_id of a request: the batch's nonce and the record, 40 of the 64 allowed characters.
std::string custom_id(const std::string &nonce, record_id record);

/// The definition with the rung's model and params, and their ${VAR} answered: what is sent, never what is stored.
task_definition expanded(const task_definition &definition, const config::pipeline &p, int rung);

/// Throws file_error, at the task, for what the provider's dialect refuses of its schema and params. cuts: answers of
/// the item that were cut at their token limit.
std::unique_ptr<provider::line_encoder> encoder_for(const provider::dialect &dialect, const registered_pipeline &p,
                                                    const registered_task &task, int rung, int cuts = 0);

} // namespace smelt::orchestrator
