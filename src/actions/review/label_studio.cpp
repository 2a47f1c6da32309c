#include "actions/review/label_studio.hpp"

#include <charconv>

namespace smelt::actions {
namespace {

using json_text::node;
using json_text::node_kind;

std::string text_of(const node *value) {
    if (value == nullptr || !(value->is(node_kind::string) || value->is(node_kind::number)))
        return {};
    return std::string{value->text};
}

const node *member(const node *object, std::string_view name) {
    return object != nullptr && object->is(node_kind::object) ? object->find(name) : nullptr;
}

/// The first element of a list of texts, or the text itself.
std::string first_text(const node *value) {
    if (value != nullptr && value->has_elements())
        return text_of(value->first());
    return text_of(value);
}

/// The annotation that counts: the last that nobody has cancelled.
const node *annotation_of(const node &task) {
    const node *found = nullptr;
    const auto *all = member(&task, "annotations");
    if (all == nullptr || !all->is(node_kind::array))
        return nullptr;
    for (const auto &one : all->children()) {
        const auto *cancelled = member(&one, "was_cancelled");
        if (one.is(node_kind::object) && (cancelled == nullptr || !cancelled->is_true()))
            found = &one;
    }
    return found;
}

void read_results(const node &annotation, label_studio_verdict &into) {
    const auto *results = member(&annotation, "result");
    if (results == nullptr || !results->is(node_kind::array))
        return;
    for (const auto &result : results->children()) {
        const auto name = text_of(member(&result, "from_name"));
        const auto *value = member(&result, "value");
        if (name == "verdict")
            into.verdict = first_text(member(value, "choices"));
        else if (name == "reason")
            into.reason = first_text(member(value, "text"));
        else if (name == "edited_output")
            into.edited_output = first_text(member(value, "text"));
    }
}

std::optional<double> number_of(const node *value) {
    double number = 0;
    if (value == nullptr || !value->is(node_kind::number) ||
        std::from_chars(value->text.data(), value->text.data() + value->text.size(), number).ec != std::errc{})
        return std::nullopt;
    return number;
}

/// "name: value" for each field, which is what Label Studio shows as one text.
std::string record_text(const std::string &fields) {
    std::string text;
    const auto record = json::parse(fields, nullptr, false);
    for (const auto &[name, value] : record.items())
        text += name + ": " +
                (value.is_string() ? value.get<std::string>()
                                   : value.dump(-1, ' ', false, json::error_handler_t::replace)) +
                "\n";
    return text;
}

} // namespace

json label_studio_task(const std::string &pipeline, const store::shown_answer &a, const std::string &output,
                       const std::string &warnings, const std::string &repairs) {
    json prefilled = {{"from_name", "edited_output"},
                      {"to_name", "record"},
                      {"type", "textarea"},
                      {"value", {{"text", json::array({output})}}}};
    return {{"data",
             {{"record", record_text(a.fields)},
              {"output", output},
              {"warnings", warnings},
              {"repairs", repairs},
              {"score", a.score},
              {"pipeline", pipeline},
              {"task", a.task},
              {"key", a.key},
              {"batch", a.batch.value}}},
            {"predictions",
             json::array({{{"model_version", a.model}, {"score", a.score}, {"result", json::array({prefilled})}}})}};
}

std::optional<label_studio_verdict> read_label_studio_task(const node &task) {
    const auto *data = member(&task, "data");
    label_studio_verdict out;
    out.task = text_of(member(data, "task"));
    out.key = text_of(member(data, "key"));
    out.batch = text_of(member(data, "batch"));
    out.output = text_of(member(data, "output"));
    if (out.key.empty() || out.batch.empty())
        return std::nullopt;
    if (const auto *annotation = annotation_of(task)) {
        read_results(*annotation, out);
        out.seconds = number_of(member(annotation, "lead_time"));
        const auto *who = member(annotation, "completed_by");
        out.reviewer = text_of(member(who, "email"));
    }
    return out;
}

} // namespace smelt::actions
