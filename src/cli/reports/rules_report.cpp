#include "smelt/cli/rules_report.hpp"

#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/table.hpp"

#include <algorithm>

namespace smelt::cli {
namespace {

using store::pack_report;

/// "skips", "answers assess", "marks"
std::string effect_of(const config::rule_family &family) {
    if (family.skip)
        return "skips";
    return family.outcome ? "answers " + family.outcome->task : "marks";
}

const pack_report::family *found_as(const pack_report &found, const std::string &name) {
    const auto at = std::ranges::find(found.families, name, &pack_report::family::name);
    return at == found.families.end() ? nullptr : &*at;
}

/// Of a width that people like to read where no terminal says another.
std::string paragraph(const std::string &text, const terminal &t) {
    constexpr std::size_t usual = 100;
    std::string out;
    for (const auto &line : wrap(printable(text), t.width > 0 ? t.width : usual))
        out += line + '\n';
    return out;
}

/// Found in records that were loaded with another pack.
std::vector<std::string> strangers(const config::rule_pack &pack, const pack_report &found) {
    std::vector<std::string> names;
    for (const auto &family : found.families)
        if (std::ranges::find(pack.families, family.name, &config::rule_family::name) == pack.families.end())
            names.push_back(family.name);
    return names;
}

} // namespace

json to_json(const config::rule_pack &pack, const pack_report &found) {
    auto families = json::array();
    for (const auto &family : pack.families) {
        const auto *seen = found_as(found, family.name);
        families.push_back({{"name", family.name},
                            {"category", text_or_null(family.category)},
                            {"effect", family.skip      ? "skip"
                                       : family.outcome ? "outcome"
                                                        : "mark"},
                            {"records", seen == nullptr ? 0 : seen->records},
                            {"lifted", seen == nullptr ? 0 : seen->lifted},
                            {"decided", seen == nullptr ? 0 : seen->decided},
                            {"hits", seen == nullptr ? 0 : seen->hits}});
    }
    return {{"file", pack.file},
            {"hash", pack.hash},
            {"records", found.records},
            {"without_evidence", found.without_evidence},
            {"incomplete", found.incomplete},
            {"families", std::move(families)},
            {"former_families", strangers(pack, found)}};
}

std::string render_rules(const config::rule_pack &pack, const pack_report &found, const terminal &t) {
    using enum table::align;
    table lines{{{"FAMILY", left, 12},
                 {"EFFECT", left, 6},
                 {"RECORDS", right},
                 {"LIFTED", right},
                 {"DECIDED", right},
                 {"HITS", right}}};
    std::vector<std::string> never;
    for (const auto &family : pack.families) {
        const auto *seen = found_as(found, family.name);
        if (seen == nullptr) {
            never.push_back(family.name);
            continue;
        }
        lines.add({family.name, effect_of(family), table::counted(seen->records, style::plain),
                   table::counted(seen->lifted, style::plain), table::counted(seen->decided, style::plain),
                   table::counted(seen->hits, style::plain)});
    }
    std::string out = lines.empty() ? "" : lines.render(t);
    out += paragraph(
        count_of(found.records, "record") + " looked at" +
            (found.without_evidence > 0 ? ", " + count_of(found.without_evidence, "other") + " loaded without this pack"
                                        : "") +
            (found.incomplete > 0 ? ", " + count_of(found.incomplete, "other") +
                                        (found.incomplete == 1 ? " waits for its source" : " wait for their source")
                                  : "") +
            ".",
        t);
    if (!never.empty())
        out += paragraph("Never found: " + join_words(never) + ".", t);
    if (const auto others = strangers(pack, found); !others.empty())
        out += paragraph("No longer in the pack: " + join_words(others) + "; the next run looks again.", t);
    return out;
}

std::string render_failed(const std::string &file, const std::vector<actions::failed_example> &failed,
                          const terminal &t) {
    std::string out;
    for (const auto &one : failed) {
        out += paragraph(file + ":" + std::to_string(one.line) + ": " + one.name, t);
        if (!one.missing.empty())
            out += paragraph("  does not count: " + join_words(one.missing), t);
        if (!one.unexpected.empty())
            out += paragraph("  counts, unexpected: " + join_words(one.unexpected), t);
        if (one.is_decided_otherwise)
            out += paragraph("  decided by " + (one.decided_by.empty() ? "no family" : one.decided_by) + ", not by " +
                                 (one.wanted.empty() ? "no family" : one.wanted),
                             t);
    }
    return out;
}

} // namespace smelt::cli
