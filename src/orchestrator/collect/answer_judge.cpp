#include "smelt/orchestrator/answer_judge.hpp"

#include "orchestrator/task_version.hpp"
#include "rule_findings.hpp"

#include "smelt/store/rules.hpp"

#include <algorithm>

namespace smelt::orchestrator {

struct answer_judge::impl {
    version_cache versions;
};

answer_judge::answer_judge() : impl_{std::make_unique<impl>()} {}
answer_judge::~answer_judge() = default;

bool judged_answer::is_valid() const {
    return std::ranges::none_of(findings, &extraction::finding::hard);
}

judged_answer answer_judge::judge(db::connection &c, pipeline_id p, version_id v, record_id r,
                                  const std::string &text) {
    const auto version = impl_->versions.get(c, v);
    auto checked = version->task.judge(text);
    judged_answer out{std::move(checked.output), std::move(checked.findings), 0};
    if (checked.cause == cause_kind::none) {
        const auto found = store::evaluate_outputs(c, p, version->rules, {r.value}, {out.output});
        add_rule_findings(out.findings, out.output, version->task.definition().rules, found.front());
    } else if (out.is_valid()) {
        out.findings.push_back({std::string{to_string(checked.cause)}, true, 0.0, "the answer is not valid", {}});
    }
    out.score = extraction::score_of(checked.confidence, out.findings);
    return out;
}

const task_definition &answer_judge::definition(db::connection &c, version_id v) {
    return impl_->versions.get(c, v)->task.definition();
}

} // namespace smelt::orchestrator
