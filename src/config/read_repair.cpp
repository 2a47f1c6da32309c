#include "read.hpp"

#include "smelt/base/text.hpp"

#include <array>
#include <cmath>

namespace smelt::config {
namespace {

using kind = repair_step::kind;

kind kind_named(const std::string &name) {
    for (const auto step : {kind::alias, kind::clamp, kind::distinct, kind::keep_known, kind::unwrap_single})
        if (to_string(step) == name)
            return step;
    return kind::number_from_text;
}

/// The part of a schema that a repair's path leads to; nothing where it cannot be followed.
const json *schema_at(const json &output, std::string_view path) {
    const json *at = &output;
    for (path.remove_prefix(1); at != nullptr && !path.empty();) {
        while (at->is_object() && at->contains("$ref")) {
            const auto reference = at->at("$ref").get<std::string>();
            const json::json_pointer pointer{reference.starts_with('#') ? reference.substr(1) : std::string{"/-"}};
            if (!output.contains(pointer))
                return nullptr;
            at = &output.at(pointer);
        }
        const bool by_name = path.front() == '.';
        const auto end = by_name ? std::min(path.find_first_of(".[", 1), path.size()) : path.find(']') + 1;
        const auto name = std::string{path.substr(1, end - 1)};
        path.remove_prefix(end);
        const char *keyword = by_name ? "properties" : "items";
        if (!at->is_object() || !at->contains(keyword) || !at->at(keyword).is_object())
            return nullptr;
        const auto &inner = at->at(keyword);
        at = !by_name ? &inner : inner.contains(name) ? &inner.at(name) : nullptr;
    }
    return at;
}

/// What belongs to another step means nothing here.
void refuse_others(const view &at, kind type) {
    static constexpr std::array<std::pair<const char *, kind>, 5> members{{{"words", kind::alias},
                                                                           {"known", kind::keep_known},
                                                                           {"min", kind::clamp},
                                                                           {"max", kind::clamp},
                                                                           {"of", kind::number_from_text}}};
    for (const auto &[name, owner] : members)
        if (at.has(name) && owner != type)
            at.at(name).fail("belongs to the step " + std::string{to_string(owner)} + ", not to " +
                                 std::string{to_string(type)},
                             "remove it");
}

std::vector<std::string> texts_of(const json *list) {
    std::vector<std::string> texts;
    if (list != nullptr && list->is_array())
        for (const auto &one : *list)
            if (one.is_string())
                texts.push_back(one.get<std::string>());
    return texts;
}

void read_known(const view &at, repair_step &step, const json &output) {
    if (at.has("known")) {
        at.read("known", step.known);
        return;
    }
    const auto *list = schema_at(output, step.at + "[*]");
    step.known = texts_of(list != nullptr && list->contains("enum") ? &list->at("enum") : nullptr);
    if (step.known.empty())
        at.fail("the output schema lists no values for the elements of " + step.at, "add known: [...]");
}

void read_bounds(const view &at, repair_step &step, const json &output) {
    const auto *place = schema_at(output, step.at);
    for (auto [name, keyword, into] :
         {std::tuple{"min", "minimum", &step.min}, std::tuple{"max", "maximum", &step.max}}) {
        if (at.has(name))
            at.read(name, into->emplace());
        else if (place != nullptr && place->is_object() && place->contains(keyword) && place->at(keyword).is_number())
            into->emplace(place->at(keyword).get<double>());
    }
    if (!step.min && !step.max)
        at.fail("neither this step nor the output schema has bounds for " + step.at, "add min: or max:");
    if (step.min && step.max && *step.min > *step.max)
        at.fail("min is larger than max");
}

repair_step read_step(const view &at, const json &output) {
    repair_step step;
    std::string name;
    at.read("step", name);
    step.type = kind_named(name);
    refuse_others(at, step.type);
    at.read("at", step.at);
    if (!step.at.starts_with('$'))
        at.at("at").fail("must be a path into the answer", "write $, $.member, $.list[*] or $.list[*].member");
    at.read("cost", step.cost);
    if (at.has("of"))
        at.read("of", step.of.emplace());
    if (step.type == kind::alias && !at.has("words"))
        at.fail("the step alias needs words", "add words: {lecture: course, ...}");
    if (step.type == kind::alias)
        for (const auto &[from, to] : at.at("words").value().items())
            step.words.emplace_back(from, to.get<std::string>());
    if (step.type == kind::keep_known)
        read_known(at, step, output);
    if (step.type == kind::clamp)
        read_bounds(at, step, output);
    return step;
}

} // namespace

std::vector<repair_step> read_repair(const view &section, const json &output) {
    if (section.value().is_null())
        return {};
    if (output.is_null())
        section.fail("repairs act on JSON, and this task has no output schema", "add output: or remove repair");
    std::vector<repair_step> steps;
    for (const auto &element : section.elements())
        steps.push_back(read_step(element, output));
    return steps;
}

} // namespace smelt::config
