#pragma once

#include "simulator/disk.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace smelt::sim {

/// How often the answer to something (an invalid body, a replayed record) was delivered. What a batch delivered is one
/// small file of hashes beside it, so a batch that is made again, or that never finished before a kill, counts once.
class delivery_ledger {
  public:
    /// Adds what a finished batch delivered, from its file; a missing file is nothing.
    void load(const std::string &batch, const std::filesystem::path &file);

    /// Counts without batches: what this file holds, and from now on every delivery, written there at once.
    void keep(const std::filesystem::path &file);

    /// Starts counting for a batch; what it counted before is forgotten.
    void begin(const std::string &batch);
    /// How often this was delivered before, by other batches or this one; and counts this delivery.
    std::uint64_t deliver(std::uint64_t what);
    /// Writes the batch's file.
    void commit(const std::filesystem::path &file);
    /// Forgets everything since begin.
    void rollback();

  private:
    void forget(const std::vector<std::uint64_t> &list);

    std::unordered_map<std::uint64_t, std::uint32_t> counts_;
    std::unordered_map<std::string, std::vector<std::uint64_t>> by_batch_;
    std::string current_;
    std::optional<hash_journal> journal_;
};

} // namespace smelt::sim
