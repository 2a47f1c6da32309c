#pragma once

#include "batch.hpp"
#include "simulator/answers/answer_maker.hpp"
#include "simulator/options.hpp"

#include <atomic>
#include <filesystem>
#include <stdexcept>

namespace smelt::sim {

/// Where a batch's results go. The files are written beside and renamed, so they are whole or absent.
struct result_paths {
    std::filesystem::path input, output, errors, ids, delivered;
};

/// The process ends; nothing of the batch in hand was recorded.
class stopped : public std::runtime_error {
  public:
    stopped() : std::runtime_error{"stopped"} {}
};

/// Makes the results of a batch: reads its input file once, checks every line as the service does, answers it, and
/// writes both result files, in flat memory. Runs on the worker thread alone.
class generator {
  public:
    generator(const options &settings, const replay_book &replay, delivery_ledger &ledger,
              const std::atomic<bool> &stop)
        : settings_{settings}, ledger_{ledger}, maker_{settings, replay, ledger}, stop_{stop} {}

    /// Throws stopped. Anything wrong with the input is in the results' errors.
    batch_results run(const batch &b, const result_paths &paths);

  private:
    const options &settings_;
    delivery_ledger &ledger_;
    answer_maker maker_;
    const std::atomic<bool> &stop_;
};

} // namespace smelt::sim
