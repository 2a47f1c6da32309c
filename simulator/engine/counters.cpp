#include "engine.hpp"
#include "simulator/disk.hpp"

#include <algorithm>
#include <unordered_map>

namespace smelt::sim {
namespace {

/// In how many batches each custom_id was, over all batches that ran.
struct id_counts {
    std::int64_t repeated = 0; ///< ids in more than one batch
    std::int64_t most = 0;     ///< batches of the most frequent one
};

id_counts count_ids(std::vector<std::uint64_t> ids) {
    id_counts out;
    std::sort(ids.begin(), ids.end());
    for (std::size_t i = 0; i < ids.size();) {
        std::size_t end = i;
        while (end < ids.size() && ids[end] == ids[i])
            ++end;
        out.most = std::max(out.most, static_cast<std::int64_t>(end - i));
        out.repeated += end - i > 1 ? 1 : 0;
        i = end;
    }
    return out;
}

/// What a client that is never to send twice sends once: its nonce, or what stands for one where there is no metadata.
std::string nonce_of(const batch &b) {
    if (b.spoken == dialect::together)
        return b.input_file;
    if (b.spoken == dialect::anthropic)
        return special_text(b, "content"); // a hash of all requests
    if (b.spoken == dialect::gemini)
        return special_text(b, "display_name");
    return b.metadata.is_object() ? b.metadata.value("smelt_nonce", "") : std::string{};
}

json more_than_once(const std::unordered_map<std::string, std::int64_t> &nonces) {
    json duplicates = json::object();
    for (const auto &[nonce, count] : nonces)
        if (count > 1)
            duplicates[nonce] = count;
    return duplicates;
}

} // namespace

json engine::counters() const {
    const std::int64_t now = now_();
    std::unordered_map<std::string, std::int64_t> nonces;
    std::vector<std::uint64_t> ids;
    json by_status = json::object();
    std::int64_t created = 0;
    std::int64_t received = 0;
    std::int64_t billed = 0;
    std::int64_t delivered = 0;
    for (const batch *b : store_.batches()) {
        const auto phase = phase_at(*b, now);
        const std::string status{phase.status};
        ++created;
        by_status[status] = by_status.value(status, std::int64_t{0}) + 1;
        if (const auto nonce = nonce_of(*b); !nonce.empty())
            ++nonces[nonce];
        received += b->results.total;
        billed += phase.terminal ? b->results.answered : 0;
        delivered += phase.terminal ? b->results.lines : 0;
        if (b->done != 0 && b->results.errors.empty()) {
            const auto sent = read_hashes(store_.paths_of(*b).ids);
            ids.insert(ids.end(), sent.begin(), sent.end());
        }
    }
    const id_counts repeated = count_ids(std::move(ids));
    json all = {{"batches_created", created},
                {"batches_by_status", std::move(by_status)},
                {"distinct_nonces", nonces.size()},
                {"duplicates", more_than_once(nonces)},
                {"files_uploaded", store_.counts.files_uploaded},
                {"files_deleted", store_.counts.files_deleted},
                {"downloads", store_.counts.downloads},
                {"faults_struck", store_.faults.struck},
                {"requests_received", received},
                {"requests_billed", billed},
                {"results_delivered", delivered},
                {"repeated_custom_ids", repeated.repeated},
                {"max_batches_per_custom_id", repeated.most}};
    answers_.show_counts(all);
    return all;
}

} // namespace smelt::sim
