#include "smelt/actions/rule_examples.hpp"

#include "smelt/orchestrator/evidence.hpp"

#include <algorithm>

namespace smelt::actions {
namespace {

std::vector<std::string> without(const std::vector<std::string> &names, const std::vector<std::string> &others) {
    std::vector<std::string> left;
    std::ranges::copy_if(names, std::back_inserter(left),
                         [&](const auto &name) { return std::ranges::find(others, name) == others.end(); });
    return left;
}

} // namespace

std::vector<failed_example> try_examples(db::connection &c, const config::rule_pack &pack,
                                         const std::vector<config::pack_example> &examples) {
    std::vector<std::string> records;
    records.reserve(examples.size());
    for (const auto &example : examples)
        records.push_back(example.fields.dump());
    const auto verdicts = orchestrator::find_evidence(c, pack, store::family_finder{pack}, records);
    std::vector<failed_example> failed;
    for (std::size_t i = 0; i < examples.size(); ++i) {
        const auto &example = examples[i];
        std::vector<std::string> counting;
        for (const auto family : verdicts[i].counting)
            counting.push_back(pack.families[family].name);
        failed_example one{
            example.name, example.line, without(example.counts, counting), without(counting, example.counts), {},
            {},           false};
        if (verdicts[i].decided_by)
            one.decided_by = pack.families[*verdicts[i].decided_by].name;
        if (example.decided_by) {
            one.wanted = example.decided_by->value_or("");
            one.is_decided_otherwise = one.wanted != one.decided_by;
        }
        if (!one.missing.empty() || !one.unexpected.empty() || one.is_decided_otherwise)
            failed.push_back(std::move(one));
    }
    return failed;
}

} // namespace smelt::actions
