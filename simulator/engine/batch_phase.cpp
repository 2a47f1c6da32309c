#include "batch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace smelt::sim {
namespace {

/// The planned moments of a life: a tenth of the latency validating, until four fifths in progress, then finalizing.
/// Results that are made late push them back.
struct plan {
    std::int64_t validated, finished, ended;
};

plan plan_of(const batch &b) {
    const auto more = faults_of(b).finalizing_for * 1000;
    return {std::max(b.created + b.latency / 10, b.done), std::max(b.created + b.latency * 8 / 10, b.done),
            std::max(b.created + b.latency, b.done) + more};
}

double share(std::int64_t from, std::int64_t to, std::int64_t now) {
    if (now >= to)
        return 1;
    return now <= from ? 0 : static_cast<double>(now - from) / static_cast<double>(to - from);
}

batch_phase cancelled_phase(const batch &b, std::int64_t now, batch_phase phase) {
    const auto more = faults_of(b).cancelling_for * 1000;
    const std::int64_t end = std::max(b.cancelled + b.latency / 20 + more, b.done);
    phase.cancelling_at = b.cancelled;
    phase.terminal = b.done != 0 && now >= end;
    phase.status = phase.terminal ? "cancelled" : "cancelling";
    phase.cancelled_at = phase.terminal ? end : 0;
    phase.progress = phase.terminal ? 1 : 0;
    return phase;
}

} // namespace

batch_phase phase_at(const batch &b, std::int64_t now) {
    const plan times = plan_of(b);
    batch_phase phase;
    phase.status = "validating";
    if (b.cancelled != 0)
        return cancelled_phase(b, now, phase);
    if (b.done == 0 || now < times.validated)
        return phase;
    if (!b.results.errors.empty()) {
        phase.status = "failed";
        phase.terminal = true;
        phase.failed_at = times.validated;
        return phase;
    }
    const auto faults = faults_of(b);
    phase.status = "in_progress";
    phase.in_progress_at = times.validated;
    phase.progress = share(times.validated, times.finished, now) * faults.expire_after_fraction.value_or(1);
    if (faults.expire_after_fraction) {
        if (now >= times.ended) {
            phase.status = "expired";
            phase.terminal = true;
            phase.expired_at = times.ended;
            phase.progress = 1;
        }
        return phase;
    }
    if (now >= times.finished) {
        phase.status = "finalizing";
        phase.finalizing_at = times.finished;
    }
    if (now >= times.ended) {
        phase.status = "completed";
        phase.terminal = true;
        phase.completed_at = times.ended;
    }
    return phase;
}

seen_counts counts_in(const batch_phase &phase, const batch &b) {
    if (phase.status == "validating" || phase.status == "failed")
        return {};
    const auto part = [&](std::int64_t n) {
        return static_cast<std::int64_t>(std::floor(static_cast<double>(n) * phase.progress));
    };
    const auto faults = faults_of(b);
    if (faults.counts_late >= 0 && (!phase.terminal || b.reads < faults.counts_late))
        return {};
    const auto off = faults.counts_off;
    return {b.results.total, std::max<std::int64_t>(0, part(b.results.completed) + off), part(b.results.failed)};
}

bool names_results(const batch_phase &phase, const batch &b) {
    return phase.terminal && b.reads >= faults_of(b).files_late;
}

batch_faults faults_of(const batch &b) {
    batch_faults faults = read_batch_faults(b.faults);
    if (b.spoken == dialect::plain) {
        faults.files_late = std::max<std::int64_t>(faults.files_late, 1);
        faults.counts_late = std::max<std::int64_t>(faults.counts_late, 0);
        faults.text_body_lines = std::numeric_limits<std::int64_t>::max();
    }
    return faults;
}

bool comes_inline(const batch &b) {
    return wire_of(b.spoken) == wire::gemini && b.input_file.empty();
}

std::string special_text(const batch &b, const char *name) {
    const json value = b.special.is_object() ? b.special.value(name, json()) : json();
    return value.is_string() ? value.get<std::string>() : std::string{};
}

} // namespace smelt::sim
