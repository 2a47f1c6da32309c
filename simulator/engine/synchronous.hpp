#pragma once

#include "line_format.hpp"
#include "simulator/answers/answer_maker.hpp"
#include "simulator/answers/body_format.hpp"
#include "simulator/hash_set.hpp"
#include "store.hpp"

#include "smelt/http/server.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <utility>

namespace smelt::sim {

/// Calls whose answer is made while the client waits. It is the one that a batch would give to the same body, but
/// deliveries of batches are counted apart: those are made on another thread.
class synchronous {
  public:
    /// Takes up what earlier processes on the same folder counted. All of it must outlive this.
    synchronous(const options &settings, const replay_book &replay, store &state);

    /// Reads the request and answers it when the latency has passed; faults, unless null, corrupt the answer. Throws
    /// api_error.
    boost::asio::awaitable<http::server_response> call(http::server_request &request, body_format &format,
                                                       batch_faults *faults);

    /// Whether nothing was ever answered here.
    [[nodiscard]] bool is_new() const { return answers_ == 0; }
    /// Members of the counters.
    void show_counts(json &counters) const;

    line_ids ids; ///< of answers

  private:
    [[nodiscard]] std::shared_ptr<void> enter();
    /// The answer's text, and whether a model was paid for it.
    std::pair<std::string, bool> answer(std::string_view body, body_format &format, batch_faults *faults);
    void accept(std::string_view client_id);
    void count(std::uint64_t client_id);

    const options &settings_;
    store &state_;
    delivery_ledger ledger_;
    answer_maker maker_;
    made_answer made_;
    hash_journal accepted_; ///< the client's ids, 0 for none
    hash_set client_ids_;
    std::int64_t answers_ = 0;
    std::int64_t duplicates_ = 0;
    std::shared_ptr<std::int64_t> under_way_ = std::make_shared<std::int64_t>(0);
};

} // namespace smelt::sim
