#include "smelt/orchestrator/evidence.hpp"

#include "smelt/json/path.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json/writer.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace smelt::orchestrator {
namespace {

constexpr std::size_t digits_of_pack = 12;

json places_json(const family_hits &hits) {
    auto list = json::array();
    for (const auto &place : hits.places)
        list.push_back({{"field", place.field}, {"at", place.at}, {"words", place.words}});
    return list;
}

/// Families by their names: those that were found or count.
json names_of(const config::rule_pack &pack, const std::vector<std::size_t> &families) {
    auto names = json::array();
    for (const auto family : families)
        names.push_back(pack.families[family].name);
    return names;
}

/// Per family, whether it is found and who lifts it.
struct standing {
    bool is_found = false;
    std::vector<std::size_t> lifted_by;
    [[nodiscard]] bool counts() const { return is_found && lifted_by.empty(); }
};

std::vector<standing> standings(const config::rule_pack &pack, const hits_by_family &found) {
    std::vector<standing> all(pack.families.size());
    for (const auto i : pack.order) {
        const auto &family = pack.families[i];
        const auto counts = [&](std::size_t other) { return all[other].counts(); };
        all[i].is_found = (family.patterns.empty() || found.contains(i)) && std::ranges::all_of(family.all, counts);
        std::ranges::copy_if(family.unless, std::back_inserter(all[i].lifted_by), counts);
    }
    return all;
}

/// 3 and not 3.0
json number(double value) {
    constexpr double largest = 1e15;
    return std::abs(value) < largest && value == std::floor(value) ? json(static_cast<std::int64_t>(value))
                                                                   : json(value);
}

json family_json(const config::rule_pack &pack, std::size_t i, const standing &stands, const hits_by_family &found) {
    static const family_hits none;
    const auto hits = found.find(i);
    const auto &family = pack.families[i];
    json value{{"weight", number(family.weight)},
               {"count", hits == found.end() ? none.count : hits->second.count},
               {"hits", places_json(hits == found.end() ? none : hits->second)}};
    if (!family.category.empty())
        value["category"] = family.category;
    if (!stands.lifted_by.empty())
        value["lifted_by"] = names_of(pack, stands.lifted_by);
    return value;
}

/// By field and record, empty where a record has none.
std::vector<std::vector<std::string>> texts_of(const std::vector<std::string> &records,
                                               const std::vector<std::string> &fields) {
    std::vector<std::vector<std::string>> texts(fields.size(), std::vector<std::string>(records.size()));
    json_text::json_tree tree;
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (json_text::read_json(records[i], tree).error != json_text::read_error::none)
            continue;
        for (std::size_t f = 0; f < fields.size(); ++f) {
            const auto *value = json_text::find_dotted(tree.root(), fields[f]);
            if (value == nullptr || value->is(json_text::node_kind::null))
                continue;
            if (value->is(json_text::node_kind::string))
                texts[f][i] = value->text;
            else
                json_text::append_json(texts[f][i], *value);
        }
    }
    return texts;
}

} // namespace

std::optional<std::string> pack_verdict::skip(const config::rule_pack &pack) const {
    return decided_by && pack.families[*decided_by].skip ? std::optional{pack.families[*decided_by].name}
                                                         : std::nullopt;
}

std::optional<std::string> pack_verdict::decision(const config::rule_pack &pack) const {
    if (!decided_by || !pack.families[*decided_by].outcome)
        return std::nullopt;
    const auto &outcome = *pack.families[*decided_by].outcome;
    const auto name = std::filesystem::path{pack.file}.filename().string() + "@" + pack.hash.substr(0, digits_of_pack);
    return json{{"task", outcome.task}, {"output", outcome.output}, {"pack", name}}.dump();
}

pack_verdict weigh(const config::rule_pack &pack, const hits_by_family &found) {
    const auto all = standings(pack, found);
    pack_verdict verdict;
    auto families = json::object();
    double weight = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].is_found)
            families[pack.families[i].name] = family_json(pack, i, all[i], found);
        if (!all[i].counts())
            continue;
        verdict.counting.push_back(i);
        weight += pack.families[i].weight;
        if (!verdict.decided_by && pack.families[i].decides())
            verdict.decided_by = i;
    }
    verdict.evidence = {{"families", std::move(families)},
                        {"names", names_of(pack, verdict.counting)},
                        {"primary", verdict.decided_by ? json(pack.families[*verdict.decided_by].name) : json()},
                        {"weight", number(weight)}};
    return verdict;
}

std::vector<pack_verdict> find_evidence(db::connection &rules, const config::rule_pack &pack,
                                        const store::family_finder &finder, const std::vector<std::string> &records) {
    std::vector<hits_by_family> found(records.size());
    const auto fields = pack.fields();
    const auto texts = texts_of(records, fields);
    for (std::size_t f = 0; f < fields.size(); ++f)
        for (auto &one : finder.find(rules, fields[f], {texts[f].begin(), texts[f].end()})) {
            auto &hits = found[one.text][one.family];
            hits.count += one.count;
            for (auto &place : one.places)
                hits.places.push_back({fields[f], place.at, std::move(place.words)});
        }
    std::vector<pack_verdict> verdicts;
    verdicts.reserve(records.size());
    for (const auto &hits : found)
        verdicts.push_back(weigh(pack, hits));
    return verdicts;
}

} // namespace smelt::orchestrator
