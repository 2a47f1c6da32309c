#include "smelt/cli/record_report.hpp"

#include "smelt/cli/format.hpp"

#include <algorithm>

namespace smelt::cli {
namespace {

using store::record_report;

constexpr std::size_t shown_fields = 40;
constexpr std::size_t field_bytes = 300;

/// "classify: waiting: grade, which failed; 2 attempts"
std::string line_of(const record_report::item &i) {
    auto line = i.task + ": " + i.status;
    for (const auto *why : {&i.waits_for, &i.skip_reason})
        if (!why->empty())
            line += ": " + *why;
    if (i.accepted_batch)
        line += ", result of batch " + std::to_string(*i.accepted_batch);
    if (i.superseded)
        line += " (superseded)";
    if (i.stale)
        line += ", its record or a needed answer has changed since it was sent";
    if (i.attempts > 0)
        line += ", " + count_of(i.attempts, "invalid answer");
    if (i.deliveries > 0)
        line += ", " + count_of(i.deliveries, "lost delivery");
    return line;
}

/// "classify: rejected by ann 3 min ago, batch 4: not the title"
std::string line_of(const record_report::review &v) {
    return v.task + ": " + v.verdict + " by " + v.reviewer + (v.at ? " " + ago(v.at->seconds_ago) : "") + ", batch " +
           std::to_string(v.batch) + (v.is_undone ? ", taken back" : "") + (v.reason.empty() ? "" : ": " + v.reason);
}

/// "found security: secret clearance, clearance", "found new_only, lifted by commercial: new manufacture"
std::vector<std::string> evidence_lines(const std::string &evidence) {
    std::vector<std::string> lines;
    const auto found = json::parse(evidence, nullptr, false);
    if (!found.is_object())
        return lines;
    for (const auto &[name, family] : found.at("families").items()) {
        auto line = "found " + name;
        if (family.contains("lifted_by"))
            line += ", lifted by " + join_words(family.at("lifted_by").get<std::vector<std::string>>());
        std::vector<std::string> words;
        for (const auto &hit : family.at("hits"))
            if (auto text = hit.at("words").get<std::string>(); std::ranges::find(words, text) == words.end())
                words.push_back(std::move(text));
        for (std::size_t i = 0; i < words.size(); ++i)
            line += (i == 0 ? ": " : ", ") + words[i];
        lines.push_back(std::move(line));
    }
    return lines;
}

std::string origin(const record_report &r) {
    std::string line = r.source_file.empty() ? "from the source, row " : r.source_file + ":";
    line += std::to_string(r.source_line);
    return r.changed ? line + ", last changed " + ago(r.changed->seconds_ago) : line;
}

} // namespace

json to_json(const record_report &r, const std::string &key) {
    auto items = json::array();
    for (const auto &i : r.items)
        items.push_back({{"task", i.task},
                         {"status", i.status},
                         {"skip_reason", text_or_null(i.skip_reason)},
                         {"waits_for", text_or_null(i.waits_for)},
                         {"attempts", i.attempts},
                         {"deliveries", i.deliveries},
                         {"stale", i.stale},
                         {"accepted_batch", i.accepted_batch ? json(*i.accepted_batch) : json(nullptr)},
                         {"superseded", i.superseded}});
    auto reviews = json::array();
    for (const auto &v : r.reviews)
        reviews.push_back({{"task", v.task},
                           {"verdict", v.verdict},
                           {"reviewer", v.reviewer},
                           {"reason", text_or_null(v.reason)},
                           {"batch", v.batch},
                           {"at", v.at ? json(v.at->iso) : json(nullptr)},
                           {"undone", v.is_undone}});
    return {{"key", key},
            {"source_file", text_or_null(r.source_file)},
            {"source_line", r.source_line},
            {"changed_at", r.changed ? json(r.changed->iso) : json(nullptr)},
            {"filter", text_or_null(r.filter)},
            {"evidence", r.evidence.empty() ? json() : json::parse(r.evidence, nullptr, false)},
            {"copy_of", text_or_null(r.copy_of)},
            {"fields", json::parse(r.fields, nullptr, false)},
            {"items", std::move(items)},
            {"reviews", std::move(reviews)}};
}

std::string render_record(const record_report &r, const std::string &key, const terminal &t) {
    std::string out = paint(clip_to(printable(key), t), style::strong, t.colour) + '\n';
    out += clip_to("  " + printable(origin(r)), t) + '\n';
    if (!r.filter.empty())
        out += clip_to("  removed by the filter " + printable(r.filter), t) + '\n';
    for (const auto &line : evidence_lines(r.evidence))
        out += clip_to("  " + printable(line), t) + '\n';
    if (!r.copy_of.empty())
        out += clip_to("  equals " + printable(r.copy_of) + ", which is asked in its place (dedupe)", t) + '\n';
    std::size_t shown = 0;
    const auto fields = json::parse(r.fields, nullptr, false);
    for (const auto &[name, value] : fields.items()) {
        if (++shown > shown_fields)
            break;
        const auto text = value.is_string() ? value.get<std::string>() : value.dump();
        for (const auto &line : first_lines(text, 1, field_bytes))
            out += paint(clip_to("    " + printable(name) + ": " + line, t), style::faint, t.colour) + '\n';
    }
    if (fields.size() > shown_fields)
        out += "    and " + count_of(static_cast<std::int64_t>(fields.size() - shown_fields), "field") + " more\n";
    for (const auto &i : r.items)
        out += clip_to("  " + printable(line_of(i)), t) + '\n';
    for (const auto &v : r.reviews)
        out += clip_to("  " + printable(line_of(v)), t) + '\n';
    return out + '\n';
}

} // namespace smelt::cli
