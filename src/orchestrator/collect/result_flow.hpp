#pragma once

#include "apply.hpp"

#include <boost/asio/experimental/channel.hpp>

namespace smelt::orchestrator {

/// Result lines of one batch on their way into the tables: they are judged and applied slice by slice beside whatever
/// brings them, in bounded memory.
class result_flow {
  public:
    result_flow(run_pass &pass, registered_pipeline &p, store::batch_row &b);

    /// Reads what the batch holds and how it is judged.
    awaitable<void> prepare();
    /// Runs the producer, which sends the slices, until the last of them is applied.
    awaitable<void> run(awaitable<void> producer);
    /// After the last slice: applies the error lines beside which no answer stood.
    awaitable<void> apply_errors();
    /// Waits while the slices before it are not applied yet. Slices chain: each begins where the one before it ended.
    awaitable<void> send(raw_slice slice);

    membership &members() { return *members_; }
    [[nodiscard]] const apply_plan &plan() const { return plan_; }

  private:
    template <class T>
    using channel = boost::asio::experimental::channel<void(boost::system::error_code, std::shared_ptr<T>)>;

    awaitable<void> produce(awaitable<void> producer);
    awaitable<void> judge_all();
    awaitable<void> apply_all();
    awaitable<void> apply(judged_slice &slice);
    void report(const store::ledger &before);

    run_pass &pass_;
    registered_pipeline &pipeline_;
    store::batch_row &batch_;
    const provider::dialect &dialect_;
    channel<raw_slice> raw_;
    channel<judged_slice> judged_;
    std::shared_ptr<const loaded_version> version_;
    std::optional<membership> members_;
    hidden_values hidden_;
    apply_plan plan_;
    store::checkpoint sent_;
    std::vector<judged_line> errors_; ///< some 200 bytes each; a batch has few
};

} // namespace smelt::orchestrator
