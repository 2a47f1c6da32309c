#include "read.hpp"

#include "smelt/base/text.hpp"
#include "smelt/base/url.hpp"
#include "smelt/config/expression.hpp"
#include "smelt/json/path.hpp"

#include <array>
#include <tuple>

namespace smelt::config {
namespace {

using kind = repair_step::kind;

/// A schema behind its references within the document, as far as they can be followed; null where they cannot.
const json *behind_references(const json &document, const json *at) {
    constexpr int most = 32; // references may go round in a circle
    for (int hops = 0; at != nullptr && at->is_object() && at->contains("$ref"); ++hops) {
        const auto &reference = at->at("$ref");
        const auto text = reference.is_string() ? reference.get<std::string>() : std::string{};
        if (hops == most || !text.starts_with('#'))
            return nullptr;
        try {
            const json::json_pointer pointer{percent_decode(text.substr(1))};
            at = document.contains(pointer) ? &document.at(pointer) : nullptr;
        } catch (const json::exception &) {
            return nullptr;
        }
    }
    return at;
}

/// The part of a schema that a repair's path leads to; null where it cannot be followed.
const json *schema_at(const json &output, const std::vector<json_text::path_step> &path) {
    const json *at = behind_references(output, &output);
    for (const auto &step : path) {
        const bool by_name = !step.name.empty();
        const char *keyword = by_name ? "properties" : "items";
        if (at == nullptr || !at->is_object() || !at->contains(keyword) || !at->at(keyword).is_object())
            return nullptr;
        const auto &inner = at->at(keyword);
        at = !by_name ? &inner : inner.contains(step.name) ? &inner.at(step.name) : nullptr;
        at = behind_references(output, at);
    }
    return at;
}

/// A place that no answer can have is a typo.
void check_place(const view &at, const json &output, const std::vector<json_text::path_step> &path) {
    member_path names;
    for (const auto &step : path) {
        if (step.name.empty())
            break;
        names.push_back(step.name);
    }
    if (const auto wrong = names.empty() ? std::nullopt : why_impossible(output, names))
        at.fail(wrong->message, wrong->hint);
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

using path = std::vector<json_text::path_step>;

void read_known(const view &at, repair_step &step, const json &output, path place) {
    if (at.has("known")) {
        step.known = at.at("known").value().get<std::vector<json>>();
        return;
    }
    place.emplace_back();
    const auto *element = schema_at(output, place);
    if (element != nullptr && element->is_object() && element->contains("enum") && element->at("enum").is_array())
        step.known = element->at("enum").get<std::vector<json>>();
    if (step.known.empty())
        at.fail("no list of values (enum) is found in the output schema for the elements of " + step.at,
                "add known: [...]");
}

void read_bounds(const view &at, repair_step &step, const json &output, const path &place) {
    const auto *schema = schema_at(output, place);
    for (auto [name, keyword, into] :
         {std::tuple{"min", "minimum", &step.min}, std::tuple{"max", "maximum", &step.max}}) {
        if (at.has(name))
            at.read(name, into->emplace());
        else if (schema != nullptr && schema->is_object() && schema->contains(keyword) &&
                 schema->at(keyword).is_number())
            into->emplace(schema->at(keyword).get<double>());
    }
    if (!step.min && !step.max)
        at.fail("no bounds (minimum, maximum) are found in the output schema for " + step.at, "add min: or max:");
    if (step.min && step.max && *step.min > *step.max)
        at.fail("min is larger than max");
}

repair_step read_step(const view &at, const json &output) {
    repair_step step;
    std::string name;
    at.read("step", name);
    step.type = repair_kind_of(name);
    refuse_others(at, step.type);
    at.read("at", step.at);
    const auto place = json_text::parse_path(step.at);
    if (!place)
        at.at("at").fail("must be a path into the answer", "write $, $.member, $.list[*] or $.list[*].member");
    check_place(at.at("at"), output, *place);
    at.read("cost", step.cost);
    if (at.has("of"))
        at.read("of", step.of.emplace());
    if (step.type == kind::alias && !at.has("words"))
        at.fail("the step alias needs words", "add words: {lecture: course, ...}");
    const auto words = at.at("words");
    for (const auto &[from, to] : words.value().items())
        step.words.emplace_back(from, to.get<std::string>());
    if (step.type == kind::keep_known)
        read_known(at, step, output, *place);
    if (step.type == kind::clamp)
        read_bounds(at, step, output, *place);
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
