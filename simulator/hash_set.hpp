#pragma once

#include <cstdint>
#include <vector>

namespace smelt::sim {

/// A million custom_ids in 16 MB. Open addressing; two different ids with equal hashes are one in 10^19 pairs.
class hash_set {
  public:
    /// False when it was there already.
    bool insert(std::uint64_t hash) {
        if (size_ * 2 >= slots_.size())
            grow();
        hash += hash == 0 ? 1 : 0; // 0 marks a free slot
        if (!place(hash))
            return false;
        ++size_;
        return true;
    }
    [[nodiscard]] std::vector<std::uint64_t> values() const {
        std::vector<std::uint64_t> out;
        out.reserve(size_);
        for (const auto slot : slots_)
            if (slot != 0)
                out.push_back(slot);
        return out;
    }

  private:
    bool place(std::uint64_t hash) {
        std::size_t at = hash & (slots_.size() - 1);
        while (slots_[at] != 0 && slots_[at] != hash)
            at = (at + 1) & (slots_.size() - 1);
        const bool fresh = slots_[at] == 0;
        slots_[at] = hash;
        return fresh;
    }
    void grow() {
        std::vector<std::uint64_t> old(slots_.size() * 2);
        old.swap(slots_);
        for (const auto slot : old)
            if (slot != 0)
                place(slot);
    }

    std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(1024);
    std::size_t size_ = 0;
};

} // namespace smelt::sim
