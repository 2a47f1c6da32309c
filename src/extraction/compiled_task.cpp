#include "smelt/extraction/compiled_task.hpp"

#include "extraction/answer/answer.hpp"
#include "extraction/answer/bare_answer.hpp"
#include "extraction/prompt/prompt_template.hpp"
#include "extraction/redact/redaction.hpp"
#include "extraction/repair/repair.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/extraction/strict_schema.hpp"
#include "smelt/json/reader.hpp"

#include <optional>

namespace smelt::extraction {

using namespace json_text;
namespace {

constexpr std::size_t most_feedback = 8 * 1024;

std::string of_task(const task_definition &definition, const char *part) {
    return "task " + definition.name + ", " + part;
}

/// The schema's own messages do not know whose schema it is.
std::unique_ptr<json_schema::evaluator> compile_schema(const task_definition &definition) {
    if (definition.output.is_null())
        return nullptr;
    try {
        return std::make_unique<json_schema::evaluator>(definition.output, strict_adds_nulls(definition.output));
    } catch (const usage_error &e) {
        throw usage_error{of_task(definition, e.what()), e.hint()};
    }
}

std::optional<value_path> compile_path(const task_definition &definition) {
    if (definition.score.confidence.empty())
        return std::nullopt;
    const std::string setting = of_task(definition, "score.confidence");
    if (definition.output.is_null())
        throw usage_error{setting + ": there is no output schema, so there is no value to read",
                          "add output: or remove it"};
    return value_path{definition.score.confidence, setting};
}

std::vector<compiled_repair> compile_repairs(const task_definition &definition) {
    std::vector<compiled_repair> repairs;
    for (std::size_t i = 0; i < definition.repair.size(); ++i) {
        const auto setting = of_task(definition, "repair ") + std::to_string(i + 1);
        repairs.push_back({definition.repair[i], repair_path{definition.repair[i].at, setting}});
    }
    return repairs;
}

/// "tasks.a.b" is {"a", "b"}.
std::vector<std::string> path_after_tasks(std::string_view name) {
    auto path = split(name, '.');
    path.erase(path.begin());
    return path;
}

void read_record(std::string_view fields_json, json_tree &record) {
    const auto read = read_json(fields_json, record);
    if (read.error == read_error::none && record.root().is(node_kind::object))
        return;
    const std::string reason = read.error == read_error::none
                                   ? "they are not an object"
                                   : describe(read) + " (at byte " + std::to_string(read.offset + 1) + ")";
    throw render_error{"the record's fields cannot be read: " + reason};
}

void add_feedback(std::vector<message> &messages, const feedback &previous) {
    if (const auto answer = clip_utf8(previous.answer, most_feedback); !answer.empty())
        messages.push_back({"assistant", std::string{answer}});
    messages.push_back(
        {"user", "The previous answer was not accepted: " + std::string{clip_utf8(previous.message, most_feedback)} +
                     "\nGive the whole answer again, corrected."});
}

} // namespace

struct compiled_task::impl {
    explicit impl(task_definition d)
        : definition{std::move(d)},
          system{definition.system, of_task(definition, "system template"), definition.all_fields},
          user{definition.user, of_task(definition, "user template"), definition.all_fields},
          schema{compile_schema(definition)},
          confidence{compile_path(definition)},
          repairs{compile_repairs(definition)},
          redact{definition.redact} {
        for (const prompt_template *part : {&system, &user}) {
            fields.insert(part->fields().begin(), part->fields().end());
            required.insert(part->required().begin(), part->required().end());
            for (const auto &name : part->fields())
                if (name == "tasks" || name.starts_with("tasks."))
                    task_members.insert(path_after_tasks(name));
        }
    }

    task_definition definition;
    prompt_template system;
    prompt_template user;
    std::unique_ptr<json_schema::evaluator> schema;
    std::optional<value_path> confidence;
    std::vector<compiled_repair> repairs;
    redaction redact;
    std::set<std::string> fields;
    std::set<std::string> required;
    std::set<std::vector<std::string>> task_members;
};

compiled_task::compiled_task(task_definition definition) : impl_{std::make_unique<impl>(std::move(definition))} {}
compiled_task::~compiled_task() = default;

const task_definition &compiled_task::definition() const {
    return impl_->definition;
}
const std::set<std::string> &compiled_task::fields() const {
    return impl_->fields;
}
const std::set<std::string> &compiled_task::required_fields() const {
    return impl_->required;
}

bool compiled_task::names_all_fields() const {
    return impl_->system.names_all() || impl_->user.names_all();
}

const std::set<std::vector<std::string>> &compiled_task::task_members() const {
    return impl_->task_members;
}

std::vector<message> compiled_task::render(std::string_view fields_json, const feedback *previous,
                                           placeholders *hidden) const {
    if (impl_->redact.empty())
        return render_as_it_is(fields_json, previous);
    json_tree record;
    read_record(fields_json, record);
    auto found = impl_->redact.find(record.root());
    // What was put back into an answer may stand in it, and in what is said of it, in any form: also cut.
    const auto quoted = previous == nullptr ? feedback{}
                                            : feedback{hide_everywhere(previous->answer, found),
                                                       hide_everywhere(previous->message, found)};
    auto messages = render_as_it_is(impl_->redact.hide(record.root(), found), previous == nullptr ? nullptr : &quoted);
    if (hidden != nullptr)
        *hidden = std::move(found);
    return messages;
}

std::string compiled_task::restored(std::string_view answer, const placeholders &hidden) const {
    return restore_words(answer, hidden, !impl_->definition.output.is_null());
}

std::vector<message> compiled_task::render_as_it_is(std::string_view fields_json, const feedback *previous) const {
    thread_local json_tree record; // its memory serves the next record
    record.shrink(1 << 20);
    read_record(fields_json, record);
    std::vector<message> messages;
    const auto &examples = impl_->definition.examples;
    messages.reserve(2 * examples.size() + (previous == nullptr ? 2 : 4));
    if (auto system = impl_->system.render(record.root()); !trim(system).empty())
        messages.push_back({"system", std::move(system)});
    for (const auto &example : examples) {
        messages.push_back({"user", example.user});
        messages.push_back({"assistant", example.assistant});
    }
    messages.push_back({"user", impl_->user.render(record.root())});
    if (trim(messages.back().content).empty())
        throw render_error{"the user prompt is empty for this record"};
    if (previous != nullptr)
        add_feedback(messages, *previous);
    return messages;
}

judgement compiled_task::judge(std::string_view answer) const {
    if (!impl_->schema)
        return impl_->definition.answer.type == bare_answer::kind::text ? judge_text(answer)
                                                                        : judge_bare(answer, impl_->definition.answer);
    return judge_json(answer, impl_->repairs, *impl_->schema, impl_->confidence ? &*impl_->confidence : nullptr);
}

} // namespace smelt::extraction
