#include "apply.hpp"

#include "smelt/base/log.hpp"
#include "smelt/orchestrator/decide.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/rules.hpp"

#include <algorithm>
#include <map>

namespace smelt::orchestrator {
namespace {

/// Accepted lines, which are what rules judge.
std::vector<std::size_t> accepted_among(const settled_slice &s) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < s.slice.lines.size(); ++i)
        if (s.slice.lines[i].outcome == outcome_kind::accepted)
            places.push_back(i);
    return places;
}

std::vector<std::int64_t> records_of(const settled_slice &s, const std::vector<std::size_t> &places) {
    std::vector<std::int64_t> records;
    records.reserve(places.size());
    for (const auto i : places)
        records.push_back(s.slice.lines[i].record.value);
    return records;
}

/// Judges the attempts that the transaction has written, and writes those anew for which a rule does not hold. False:
/// the rules cannot be evaluated together.
bool judge_stored(db::connection &c, db::transaction &tx, const apply_plan &plan, settled_slice &s) {
    const auto accepted = accepted_among(s);
    if (accepted.empty())
        return true;
    const auto broken = store::judge_attempts(c, tx, plan.batch->pipeline, plan.batch->id, plan.version->rules,
                                              records_of(s, accepted));
    if (!broken || broken->empty())
        return broken.has_value();
    std::map<std::int64_t, std::size_t> places;
    for (const auto i : accepted)
        places[s.slice.lines[i].record.value] = i;
    std::vector<store::applied_line> anew;
    for (const auto &b : *broken) {
        const auto i = places.at(b.record);
        take_in(s, i, plan.version->task.definition(), b.found);
        anew.push_back(s.slice.lines[i]);
    }
    store::results{tx}.replace_attempts(*plan.batch, anew);
    return true;
}

/// Row by row where needed, in transactions of their own.
void judge_apart(db::connection &c, const apply_plan &plan, settled_slice &s) {
    const auto accepted = accepted_among(s);
    std::vector<std::string> outputs;
    outputs.reserve(accepted.size());
    for (const auto i : accepted)
        outputs.push_back(s.slice.lines[i].output);
    const auto found =
        store::evaluate_outputs(c, plan.batch->pipeline, plan.version->rules, records_of(s, accepted), outputs);
    for (std::size_t n = 0; n < accepted.size(); ++n)
        take_in(s, accepted[n], plan.version->task.definition(), found[n]);
    s.rules_are_in = true;
}

/// False: nothing was kept, because the rules have to be evaluated apart.
bool try_apply(db::connection &c, const apply_plan &plan, settled_slice &s) {
    if (plan.is_late)
        for (auto &line : s.slice.lines)
            line.effect = effect_when_late(line.cause, line.effect);
    if (!plan.built_from.empty())
        for (auto &line : s.slice.lines)
            if (const auto found = plan.built_from.find(line.record.value); found != plan.built_from.end())
                line.built_from = found->second;
    db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {}}};
    store::results table{tx};
    table.store_attempts(*plan.batch, s.slice);
    if (!s.rules_are_in) {
        if (!judge_stored(c, tx, plan, s))
            return false;
        s.rules_are_in = true; // of a slice that has to be halved, too
    }
    table.apply(*plan.batch, s.slice, plan.retry);
    failpoint("apply.before_commit");
    tx.commit();
    failpoint("apply.after_commit");
    return true;
}

void apply_once(db::connection &c, const apply_plan &plan, settled_slice &s) {
    if (try_apply(c, plan, s))
        return;
    judge_apart(c, plan, s);
    try_apply(c, plan, s);
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
    line.whole.clear();
    line.score = 0;
    line.is_doubtful = false;
    line.tokens = {};
    line.cost.reset(); // it is in numbers that cannot be stored
}

void set_unstorable(store::slice &slice, const std::string &why) {
    auto &line = slice.lines.front();
    count(slice.counts, line, -1);
    make_unstorable(line, why);
    count(slice.counts, line, 1);
}

/// Lines [first, last) of a slice and their notes, with no ledger yet.
settled_slice part(const settled_slice &whole, std::size_t first, std::size_t last) {
    const auto of = [&](const auto &all) {
        const auto at = [&](std::size_t i) {
            return all.begin() + static_cast<std::ptrdiff_t>(std::min(i, all.size()));
        };
        return std::decay_t<decltype(all)>{at(first), at(last)};
    };
    return {{of(whole.slice.lines), whole.slice.from, whole.slice.from, {}}, of(whole.notes), whole.rules_are_in};
}

} // namespace

store::ledger apply_slice(db::connection &c, const apply_plan &plan, settled_slice &s) {
    try {
        apply_once(c, plan, s);
        return s.slice.counts;
    } catch (const pqxx::sql_error &e) {
        const auto &state = e.sqlstate();
        const bool blames_a_value = state.starts_with("22") || state.starts_with("54") || state == "42804";
        if (!blames_a_value || s.slice.lines.empty())
            throw;
        if (s.slice.lines.size() == 1) {
            log::warn("batch {}, line {}: {}", plan.batch->id.value, s.slice.lines[0].line, e.what());
            set_unstorable(s.slice, e.what());
            s.rules_are_in = true;
            apply_once(c, plan, s);
            return s.slice.counts;
        }
    }
    // Where the last line of the first half ends is not known, so its checkpoint stays at the slice's start by offset:
    // a resume reads the slice again and the applied bits drop what was done.
    const auto all = s.slice.lines.size();
    auto first = part(s, 0, all / 2);
    auto rest = part(s, all / 2, all);
    first.slice.counts = s.slice.counts;
    for (const auto &line : rest.slice.lines)
        count(first.slice.counts, line, -1);
    rest.slice.to = s.slice.to;
    rest.slice.counts = apply_slice(c, plan, first);
    for (const auto &line : rest.slice.lines)
        count(rest.slice.counts, line, 1);
    return apply_slice(c, plan, rest);
}

} // namespace smelt::orchestrator
