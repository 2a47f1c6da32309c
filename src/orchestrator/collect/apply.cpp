#include "apply.hpp"

#include "smelt/base/log.hpp"
#include "smelt/orchestrator/decide.hpp"
#include "smelt/orchestrator/failpoints.hpp"

namespace smelt::orchestrator {
namespace {

/// Items that follow from the accepted lines, with what their task's `when` says of them.
std::vector<store::follow_on> follow_ons(db::connection &c, const apply_plan &plan, const store::slice &slice) {
    std::vector<store::follow_on> next;
    if (plan.dependents.empty())
        return next;
    std::vector<std::int64_t> records;
    std::vector<std::string> outputs;
    for (const auto &line : slice.lines)
        if (line.effect == effect_kind::accept) {
            records.push_back(line.record.value);
            outputs.push_back(line.output);
        }
    for (const auto &d : plan.dependents) {
        store::follow_on f{d.task, d.priority, records, std::vector<std::optional<std::string>>(records.size())};
        if (!d.when.empty()) {
            const auto found =
                store::evaluate_outputs(c, plan.batch->pipeline, {{"when", d.when, true}}, records, outputs);
            for (std::size_t i = 0; i < records.size(); ++i)
                if (!found[i][0].error.empty())
                    f.skip[i] = "when: " + found[i][0].error;
                else if (!found[i][0].holds)
                    f.skip[i] = "when";
        }
        next.push_back(std::move(f));
    }
    return next;
}

void apply_once(db::connection &c, const apply_plan &plan, const store::slice &slice) {
    const auto next = follow_ons(c, plan, slice);
    db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
    store::results{tx}.apply(*plan.batch, slice, plan.retry, next);
    failpoint("apply.before_commit");
    tx.commit();
    failpoint("apply.after_commit");
}

void add(store::ledger &counts, const store::applied_line &line, int sign) {
    counts.of(line.outcome) += sign;
    counts.tokens.input += sign * line.tokens.input;
    counts.tokens.cached += sign * line.tokens.cached;
    counts.tokens.output += sign * line.tokens.output;
    counts.tokens.reasoning += sign * line.tokens.reasoning;
    counts.cost += sign * line.cost.value_or(0);
    if (line.outcome == outcome_kind::accepted)
        counts.score_sum += sign * line.score;
}

void make_unstorable(store::applied_line &line, const std::string &why) {
    line.cause = cause_kind::unstorable;
    line.outcome = outcome_of(line.cause);
    line.effect = effect_of(line.cause);
    line.output.clear();
    line.findings.clear();
    line.message = "PostgreSQL cannot store this answer: " + why.substr(0, why.find('\n'));
    line.model.clear();
    line.raw.clear();
    line.score = 0;
    line.tokens = {};
    line.cost.reset();
}

/// The first half of a slice, ending where its last line ends is not known, so its checkpoint stays at the slice's
/// start by offset and only the line number moves: a resume reads the slice again and the applied bits drop what was
/// done.
store::slice first_half(const store::slice &whole, std::size_t lines) {
    store::slice half{{whole.lines.begin(), whole.lines.begin() + static_cast<std::ptrdiff_t>(lines)},
                      whole.from,
                      whole.from,
                      whole.counts};
    for (std::size_t i = lines; i < whole.lines.size(); ++i)
        add(half.counts, whole.lines[i], -1);
    return half;
}

} // namespace

store::ledger apply_slice(db::connection &c, const apply_plan &plan, store::slice slice) {
    try {
        apply_once(c, plan, slice);
        return slice.counts;
    } catch (const pqxx::sql_error &e) {
        const auto &state = e.sqlstate();
        const bool blames_a_value = state.starts_with("22") || state.starts_with("54") || state == "42804";
        if (!blames_a_value || slice.lines.empty())
            throw;
        if (slice.lines.size() == 1) {
            log::warn("batch {}, line {}: {}", plan.batch->id.value, slice.lines[0].line, e.what());
            add(slice.counts, slice.lines[0], -1);
            make_unstorable(slice.lines[0], e.what());
            add(slice.counts, slice.lines[0], 1);
            slice.counts.priced = false; // what it cost is in numbers that cannot be stored
            apply_once(c, plan, slice);
            return slice.counts;
        }
    }
    auto half = first_half(slice, slice.lines.size() / 2);
    const auto cut = static_cast<std::ptrdiff_t>(half.lines.size());
    const auto reached = apply_slice(c, plan, std::move(half));
    store::slice rest{{std::make_move_iterator(slice.lines.begin() + cut), std::make_move_iterator(slice.lines.end())},
                      slice.from,
                      slice.to,
                      reached};
    for (const auto &line : rest.lines)
        add(rest.counts, line, 1);
    rest.counts.priced = reached.priced && slice.counts.priced;
    return apply_slice(c, plan, std::move(rest));
}

} // namespace smelt::orchestrator
