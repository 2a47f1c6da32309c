#include "smelt/config/rule_pack.hpp"

#include "read.hpp"
#include "schema_check.hpp"
#include "text_file.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/config/regular_expression.hpp"
#include "smelt/config/suggest.hpp"

#include <algorithm>

namespace smelt::config {
namespace {

constexpr auto pack_schema = "schemas/rule-pack.schema.json";
constexpr auto examples_schema = "schemas/rule-examples.schema.json";

std::vector<std::string> names_of(const std::vector<rule_family> &families) {
    std::vector<std::string> names;
    names.reserve(families.size());
    for (const auto &family : families)
        names.push_back(family.name);
    return names;
}

/// Places of the families that the list names.
std::vector<std::size_t> places(const view &list, const std::vector<std::string> &names, std::size_t self) {
    std::vector<std::size_t> found;
    for (const auto &element : list.elements()) {
        const auto name = element.value().get<std::string>();
        const auto at = std::ranges::find(names, name);
        if (at == names.end())
            element.fail("there is no family \"" + name + "\"", did_you_mean(name, names));
        found.push_back(static_cast<std::size_t>(at - names.begin()));
        if (found.back() == self)
            element.fail("the family names itself", "name another one");
    }
    return found;
}

fixed_outcome read_outcome(const view &at) {
    fixed_outcome outcome;
    at.read("task", outcome.task);
    outcome.output = at.at("output").value();
    return outcome;
}

void check_patterns(const view &list) {
    for (const auto &pattern : list.elements())
        if (const auto foreign = foreign_part(pattern.value().get_ref<const std::string &>()))
            pattern.fail(foreign->message, foreign->hint);
}

rule_family read_family(const view &at, const std::vector<std::string> &default_fields) {
    rule_family family;
    at.read("name", family.name);
    at.read("category", family.category);
    at.read("description", family.description);
    at.read("weight", family.weight);
    at.read("ignore_case", family.ignore_case);
    at.read("patterns", family.patterns);
    at.read("skip", family.skip);
    if (at.has("outcome"))
        family.outcome = read_outcome(at.at("outcome"));
    family.line = at.line();
    if (family.patterns.empty() && !at.has("all"))
        at.fail("family " + family.name + " has neither patterns nor all, so nothing makes it count",
                "give it patterns: [...], or all: [...] with the names of other families");
    if (family.skip && family.outcome)
        at.fail("family " + family.name + " has both skip and outcome", "a record is either skipped or answered");
    check_patterns(at.at("patterns"));
    if (family.patterns.empty())
        return family;
    family.fields = default_fields;
    at.read("fields", family.fields);
    if (family.fields.empty())
        at.fail("family " + family.name + " does not say in which fields its patterns are looked for",
                "give it fields: [...], or give the pack a list for all families");
    return family;
}

/// Those that others name come first.
std::vector<std::size_t> order_of(const std::vector<rule_family> &families, const view &list) {
    std::vector<std::size_t> ordered;
    const auto is_ready = [&](std::size_t i) {
        const auto is_there = [&](std::size_t other) { return std::ranges::find(ordered, other) != ordered.end(); };
        return std::ranges::all_of(families[i].all, is_there) && std::ranges::all_of(families[i].unless, is_there);
    };
    std::vector<std::size_t> waiting(families.size());
    for (std::size_t i = 0; i < waiting.size(); ++i)
        waiting[i] = i;
    while (!waiting.empty()) {
        const auto ready = std::ranges::find_if(waiting, is_ready);
        if (ready == waiting.end()) {
            const auto &stuck = families[waiting.front()];
            list.elements()[waiting.front()].fail("family " + stuck.name + " depends on itself through all and unless",
                                                  "remove one of the names of the circle");
        }
        ordered.push_back(*ready);
        waiting.erase(ready);
    }
    return ordered;
}

document read_document(const std::filesystem::path &file, const char *schema, const char *hint_when_empty) {
    auto yaml = parse_yaml(read_utf8_file(file), file.string());
    if (yaml.value.is_null())
        throw file_error{file.string(), 0, "the file is empty", hint_when_empty};
    check_structure(yaml, schema);
    return yaml;
}

} // namespace

std::string rule_family::alternation() const {
    std::string joined;
    for (const auto &pattern : patterns)
        joined += (joined.empty() ? "(?:" : "|(?:") + without_captures(pattern) + ")";
    return joined;
}

std::vector<std::string> rule_pack::fields() const {
    std::vector<std::string> all;
    for (const auto &family : families)
        for (const auto &field : family.fields)
            if (std::ranges::find(all, field) == all.end())
                all.push_back(field);
    return all;
}

rule_pack load_rule_pack(const std::filesystem::path &file) {
    const auto yaml = read_document(file, pack_schema, "docs/rule-packs.md shows a rule pack");
    const view root{yaml};
    const auto list = root.at("families");
    require_unique_names(list);
    rule_pack pack;
    pack.file = file.string();
    pack.hash = sha256_hex(yaml.value.dump());
    std::vector<std::string> fields;
    root.read("fields", fields);
    const auto sections = list.elements();
    for (const auto &section : sections)
        pack.families.push_back(read_family(section, fields));
    const auto names = names_of(pack.families);
    for (std::size_t i = 0; i < sections.size(); ++i) {
        pack.families[i].all = places(sections[i].at("all"), names, i);
        pack.families[i].unless = places(sections[i].at("unless"), names, i);
    }
    pack.order = order_of(pack.families, list);
    return pack;
}

std::vector<pack_example> load_pack_examples(const std::filesystem::path &file, const rule_pack &pack) {
    const auto yaml = read_document(file, examples_schema, "docs/rule-packs.md shows a file of examples");
    const auto names = names_of(pack.families);
    const auto check = [&](const view &at, const std::string &name) {
        if (std::ranges::find(names, name) == names.end())
            at.fail("the pack has no family \"" + name + "\"", did_you_mean(name, names));
    };
    std::vector<pack_example> examples;
    for (const auto &at : view{yaml}.elements()) {
        auto &example = examples.emplace_back();
        at.read("name", example.name);
        example.fields = at.at("fields").value();
        at.read("counts", example.counts);
        for (const auto &element : at.at("counts").elements())
            check(element, element.value().get<std::string>());
        example.line = at.line();
        if (!at.has("decided_by"))
            continue;
        const auto by = at.at("decided_by");
        example.decided_by.emplace();
        if (by.value().is_null())
            continue;
        *example.decided_by = by.value().get<std::string>();
        check(by, **example.decided_by);
    }
    return examples;
}

} // namespace smelt::config
