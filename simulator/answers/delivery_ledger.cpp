#include "delivery_ledger.hpp"

namespace smelt::sim {

void delivery_ledger::load(const std::string &batch, const std::filesystem::path &file) {
    auto hashes = read_hashes(file);
    for (const auto hash : hashes)
        ++counts_[hash];
    by_batch_[batch] = std::move(hashes);
}

void delivery_ledger::keep(const std::filesystem::path &file) {
    for (const auto hash : read_hashes(file))
        ++counts_[hash];
    journal_.emplace(file);
}

void delivery_ledger::begin(const std::string &batch) {
    current_ = batch;
    forget(by_batch_[batch]);
    by_batch_[batch].clear();
}

std::uint64_t delivery_ledger::deliver(std::uint64_t what) {
    if (journal_)
        journal_->append(what);
    else
        by_batch_[current_].push_back(what);
    return counts_[what]++;
}

void delivery_ledger::commit(const std::filesystem::path &file) {
    replace_hashes(file, by_batch_[current_]);
}

void delivery_ledger::rollback() {
    begin(current_);
}

void delivery_ledger::forget(const std::vector<std::uint64_t> &list) {
    for (const auto hash : list)
        if (const auto at = counts_.find(hash); at != counts_.end() && --at->second == 0)
            counts_.erase(at);
}

} // namespace smelt::sim
