#include "engine.hpp"

#include <algorithm>
#include <cmath>

namespace smelt::sim {

void engine::prepare(batch &b, const std::string &subject) {
    b.sequence = store_.next_sequence();
    b.created = now_();
    b.latency = settings_.latency.count();
    b.faults = store_.faults.take_batch(subject);
    if (!b.faults.is_null())
        store_.save_faults();
}

void engine::begin(const batch &b) {
    store_.put_batch(b);
    make_results(b);
}

bool engine::exceeds_enqueued_limit(std::int64_t tokens) const {
    if (settings_.enqueued_token_limit == 0)
        return false;
    for (const batch *other : store_.batches())
        if (!phase_at(*other, now_()).terminal)
            tokens += other->enqueued;
    return tokens > settings_.enqueued_token_limit;
}

void engine::cancel(const batch &known) {
    batch b = known;
    const std::int64_t now = now_();
    const auto phase = phase_at(b, now);
    if (phase.terminal || b.cancelled != 0 || faults_of(b).ignore_cancel)
        return;
    const auto total = static_cast<double>(b.results.total);
    b.keep = phase.in_progress_at == 0 ? 0 : static_cast<std::int64_t>(std::floor(total * phase.progress));
    b.cancelled = now;
    b.done = 0;
    ++b.revision;
    b.results = {};
    begin(b);
}

void engine::count_read(const batch &known) {
    const auto faults = faults_of(known);
    if (known.reads >= std::max(faults.files_late, faults.counts_late) || !phase_at(known, now_()).terminal)
        return;
    batch b = known;
    ++b.reads;
    store_.put_batch(std::move(b));
}

void engine::remove(const batch &known) {
    batch b = known;
    b.deleted = now_();
    store_.put_batch(std::move(b));
}

const batch *engine::find(const std::string &id, wire of) const {
    const batch *found = store_.find_batch(id);
    if (found == nullptr || found->deleted != 0 || wire_of(found->spoken) != of ||
        now_() < found->created + faults_of(*found).get_lag * 1000)
        return nullptr;
    return found;
}

std::vector<const batch *> engine::listed(dialect spoken) const {
    auto all = store_.batches();
    const std::int64_t now = now_();
    std::erase_if(all, [&](const batch *b) {
        return b->spoken != spoken || b->deleted != 0 || now < b->created + faults_of(*b).list_lag * 1000;
    });
    return all;
}

std::optional<file_record> engine::find_file(const std::string &id, wire of) const {
    auto file = store_.find_file(id, now_());
    if (file && wire_of(file->spoken) != of)
        file.reset();
    return file;
}

std::vector<file_record> engine::files(wire of) const {
    auto all = store_.files(now_());
    std::erase_if(all, [&](const file_record &file) { return wire_of(file.spoken) != of; });
    return all;
}

} // namespace smelt::sim
