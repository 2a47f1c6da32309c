#include "rule_findings.hpp"

#include "smelt/config/expression.hpp"

#include <algorithm>

namespace smelt::orchestrator {
namespace {

/// " (confidence is null, year is 3020)": what the members are that the rule names.
std::string members_named(const rule &rule, const std::string &output) {
    constexpr std::size_t most = 8;
    std::string all;
    auto paths = config::members_of(rule.check, "output");
    paths.resize(std::min(paths.size(), most));
    for (const auto &path : paths)
        all += (all.empty() ? " (" : ", ") + config::to_text(path) + " is " + extraction::describe_member(output, path);
    return all.empty() ? all : all + ")";
}

} // namespace

void add_rule_findings(std::vector<extraction::finding> &findings, const std::string &output,
                       const std::vector<rule> &rules, const std::vector<store::evaluation> &found) {
    for (std::size_t r = 0; r < rules.size(); ++r) {
        const auto &rule = rules[r];
        const bool is_hard = rule.level == severity::hard;
        const auto message = rule.message.empty() ? "the rule " + rule.name + " does not hold" : rule.message;
        if (found[r].error.empty() && found[r].holds)
            continue;
        const auto members = members_named(rule, output);
        if (!found[r].error.empty())
            findings.push_back({"rule_error", true, 0.0,
                                "the rule " + rule.name + " could not be evaluated: " + found[r].error + members});
        else
            findings.push_back({rule.name, is_hard, is_hard ? 0.0 : rule.weight, message + members});
    }
}

} // namespace smelt::orchestrator
