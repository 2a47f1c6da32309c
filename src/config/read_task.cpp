#include "read.hpp"
#include "text_file.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/config/expression.hpp"
#include "smelt/config/suggest.hpp"

#include <algorithm>
#include <array>

namespace smelt::config {
namespace {

/// References stay as they are; this only makes sure that they can be resolved, while the line is still known.
void check_references(const view &at, const variables &dotenv) {
    if (at.value().is_string()) {
        try {
            if (trim(resolve(at.value().get_ref<const std::string &>(), dotenv)).empty() &&
                at.pointer().ends_with("/model"))
                at.fail("the model's name is empty");
        } catch (const reference_error &e) {
            at.fail(e.what(), e.hint());
        }
    }
    for (const auto &element : at.elements())
        check_references(element, dotenv);
}

/// What a request holds besides params is written by Smelt.
void check_params(const view &params, bool has_output) {
    constexpr std::array<std::pair<const char *, const char *>, 5> own{{
        {"model", "the task's model"},
        {"messages", "the task's system and user"},
        {"input", "the task's system and user"},
        {"instructions", "the task's system"},
        {"stream", "batches do not stream"},
    }};
    for (const auto &[key, instead] : own)
        if (params.has(key))
            params.at(key).fail("this parameter is written by Smelt itself",
                                std::string{"remove it; "} + instead + " says it");
    if (params.has("n") && params.value().at("n") != 1)
        params.at("n").fail("one answer per request is all that is read", "remove it");
    if (has_output && params.has("response_format"))
        params.at("response_format").fail("this parameter is made from the task's output", "remove one of the two");
}

std::string read_prompt(const view &task, const std::string &key, const std::filesystem::path &folder) {
    const auto place = task.at(key);
    if (!task.has(key))
        return {};
    const auto found = read_text_or_file(place, folder);
    if (trim(found.text).empty() && key == "user")
        place.fail(found.file.empty() ? "the prompt is empty" : "the file " + found.file + " is empty");
    return found.text;
}

json read_output(const view &at, const std::filesystem::path &folder) {
    if (!at.value().is_string())
        return at.value();
    const auto found = read_text_or_file(at, folder);
    if (found.file.empty() && !trim(found.text).starts_with('{'))
        at.fail("must be a JSON Schema or the name of a file that holds one",
                "a file's name ends in .json and is relative to the pipeline file");
    try {
        auto schema = parse_json_file(found.text, found.file);
        if (!schema.is_object())
            throw file_error{found.file, 1, "a JSON Schema must be an object"};
        return schema;
    } catch (const file_error &e) {
        if (!found.file.empty())
            throw;
        at.fail(std::string{"not valid JSON"} + e.what(), e.hint());
    }
}

/// A member that no answer can have is always null: a typo.
void check_members(const view &at, const std::string &sql, const json &output) {
    for (const auto &path : members_of(sql, "output"))
        if (const auto why = why_impossible(output, path))
            at.fail(why->message, why->hint);
}

std::vector<rule> read_rules(const view &section, const json &output) {
    require_unique_names(section);
    std::vector<rule> rules;
    for (const auto &element : section.elements()) {
        rule one;
        element.read("name", one.name);
        element.read("check", one.check);
        check_members(element.at("check"), one.check, output);
        element.read("weight", one.weight);
        element.read("message", one.message);
        std::string level = "hard";
        element.read("severity", level);
        one.level = level == "soft" ? severity::soft : severity::hard;
        if (one.level == severity::soft && !element.has("weight"))
            element.fail("a soft rule needs a weight",
                         "add weight: 0.3, the part of the score that it costs when it fails");
        if (one.level == severity::hard && element.has("weight"))
            element.at("weight").fail("a hard rule has no weight", "remove it, or set severity: soft");
        rules.push_back(std::move(one));
    }
    return rules;
}

/// A path that the schema plainly does not have is a typo. Where it cannot be followed ($ref, anyOf, ...) nothing is
/// said.
void check_confidence(const view &at, const std::string &path, const json &output) {
    if (output.is_null())
        at.fail("confidence is read from the output, and this task has no output schema", "add output: or remove it");
    const json *schema = &output;
    for (std::size_t begin = 2; begin < path.size();) {
        const auto end = std::min(path.find('.', begin), path.size());
        const auto name = path.substr(begin, end - begin);
        if (!schema->is_object() || !schema->contains("properties") || !schema->at("properties").is_object() ||
            schema->contains("$ref") || schema->contains("anyOf") || schema->contains("allOf") ||
            schema->contains("oneOf"))
            return;
        const auto &properties = schema->at("properties");
        std::vector<std::string> known;
        for (const auto &[key, unused] : properties.items())
            known.push_back(key);
        if (!properties.contains(name))
            at.fail("the output schema has no property \"" + name + "\"", did_you_mean(name, known));
        schema = &properties.at(name);
        begin = end + 1;
    }
}

score_spec read_score(const view &section, const json &output) {
    score_spec spec;
    section.read("confidence", spec.confidence);
    if (!spec.confidence.empty())
        check_confidence(section.at("confidence"), spec.confidence, output);
    if (section.has("review_below"))
        section.read("review_below", spec.review_below.emplace());
    return spec;
}

/// What another model than the task's is asked for. params stays null where the file does not say.
void read_asked(const view &section, std::string &model, json &params, bool has_output, const variables &dotenv) {
    section.read("model", model);
    check_references(section.at("model"), dotenv);
    if (section.has("params"))
        params = section.at("params").value();
    check_params(section.at("params"), has_output);
    check_references(section.at("params"), dotenv);
}

std::vector<escalation> read_escalation(const view &section, bool has_output, const variables &dotenv) {
    std::vector<escalation> rungs;
    for (const auto &element : section.elements()) {
        auto &rung = rungs.emplace_back();
        read_asked(element, rung.model, rung.params, has_output, dotenv);
        element.read("attempts", rung.attempts);
    }
    return rungs;
}

retry_spec read_retry(const view &section, bool has_output, const variables &dotenv) {
    retry_spec spec;
    section.read("attempts", spec.attempts);
    section.read("deliveries", spec.deliveries);
    section.read_duration("backoff", spec.backoff, true);
    section.read("feedback", spec.feedback);
    std::string truncated = "double";
    section.read("truncated", truncated);
    spec.truncated = truncated == "same"   ? when_truncated::same
                     : truncated == "fail" ? when_truncated::fail
                                           : when_truncated::twice;
    spec.escalate = read_escalation(section.at("escalate"), has_output, dotenv);
    if (section.has("reopen")) {
        const auto reopen = section.at("reopen");
        auto &again = spec.reopen.emplace();
        reopen.read_duration("after", again.after);
        reopen.read("times", again.times);
    }
    return spec;
}

keep_raw read_keep_raw(const view &task) {
    std::string word = "failed";
    task.read("keep_raw", word);
    return word == "all" ? keep_raw::all : word == "none" ? keep_raw::none : keep_raw::failed;
}

bare_answer read_answer(const view &section, bool has_output) {
    if (has_output)
        section.fail("a task has output or answer, not both", "remove one of the two");
    bare_answer answer;
    if (section.has("one_of")) {
        answer.type = bare_answer::kind::one_of;
        answer.labels = section.at("one_of").value().get<std::vector<std::string>>();
        for (const auto &label : answer.labels)
            if (trim(label) != label)
                section.at("one_of").fail("the label \"" + label + "\" begins or ends with a blank",
                                          "answers are trimmed, so none could be it");
        return answer;
    }
    answer.type = bare_answer::kind::number;
    const auto number = section.at("number");
    for (auto [name, into] : {std::pair{"min", &answer.min}, {"max", &answer.max}, {"of", &answer.of}})
        if (number.has(name))
            number.read(name, into->emplace());
    if (answer.min && answer.max && *answer.min > *answer.max)
        number.fail("min is larger than max");
    return answer;
}

std::string example_text(const json &line, const char *name, const std::string &file, int number) {
    if (!line.is_object() || !line.contains(name) || line.at(name).is_null())
        throw file_error{file, number, std::string{"an example needs \""} + name + "\"",
                         R"(a line is {"user": "...", "assistant": "..."}; assistant may be the answer's JSON itself)"};
    const auto &value = line.at(name);
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::vector<prompt_example> read_examples(const view &at, const std::filesystem::path &folder) {
    const auto file = folder / at.value().get<std::string>();
    if (!std::filesystem::exists(file))
        at.fail("there is no file " + file.string(), "its name is relative to the pipeline file");
    const auto text = read_utf8_file(file);
    std::vector<prompt_example> examples;
    int number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const auto line = trim(std::string_view{text}.substr(begin, end - begin));
        ++number;
        begin = end + 1;
        if (line.empty())
            continue;
        const auto read = json::parse(line, nullptr, false);
        if (read.is_discarded())
            throw file_error{file.string(), number, "this line is not JSON"};
        examples.push_back({example_text(read, "user", file.string(), number),
                            example_text(read, "assistant", file.string(), number)});
    }
    if (examples.empty())
        at.fail("the file " + file.string() + " has no example");
    return examples;
}

task_definition read_definition(const view &task, const std::filesystem::path &folder, const variables &dotenv) {
    task_definition d;
    task.read("model", d.model);
    check_references(task.at("model"), dotenv);
    task.read("endpoint", d.endpoint);
    if (task.has("params"))
        d.params = task.at("params").value();
    check_params(task.at("params"), task.has("output"));
    check_references(task.at("params"), dotenv);
    d.system = read_prompt(task, "system", folder);
    d.user = read_prompt(task, "user", folder);
    task.at("all_fields").read("only", d.all_fields.only);
    task.at("all_fields").read("except", d.all_fields.except);
    if (task.has("output"))
        d.output = read_output(task.at("output"), folder);
    if (task.has("answer"))
        d.answer = read_answer(task.at("answer"), task.has("output"));
    if (task.has("examples"))
        d.examples = read_examples(task.at("examples"), folder);
    d.repair = read_repair(task.at("repair"), d.output);
    d.rules = read_rules(task.at("rules"), d.output);
    d.score = read_score(task.at("score"), d.output);
    d.retry = read_retry(task.at("retry"), task.has("output"), dotenv);
    d.raw = read_keep_raw(task);
    task.read("cache", d.cache);
    check_answers(task, d);
    return d;
}

} // namespace

namespace {

std::vector<std::string> read_needs(const view &task) {
    if (!task.has("needs"))
        return {};
    const auto at = task.at("needs");
    const json &value = at.value();
    return value.is_string() ? std::vector<std::string>{value.get<std::string>()}
                             : value.get<std::vector<std::string>>();
}

constexpr std::pair<const char *, write_back_event> write_back_events[] = {
    {"accepted", write_back_event::accepted}, {"doubtful", write_back_event::doubtful},
    {"failed", write_back_event::failed},     {"skipped", write_back_event::skipped},
    {"reopened", write_back_event::reopened}, {"forgotten", write_back_event::forgotten}};

write_back_statement read_statement(const view &at, const std::string &name, const std::filesystem::path &folder) {
    const auto file = folder / name;
    if (!std::filesystem::is_regular_file(file))
        at.fail("there is no file " + file.string(), "it holds one SQL statement over the relation rows");
    write_back_statement statement{name, read_utf8_file(file)};
    // It would read and change the settings of the transaction that it is part of.
    if (lower_ascii(statement.sql).find("set_config") != std::string::npos)
        at.fail("the statement in " + name + " names set_config, which is not allowed there");
    if (trim(statement.sql).empty())
        at.fail("the file " + name + " is empty");
    return statement;
}

std::map<write_back_event, std::vector<write_back_statement>> read_write_back(const view &section,
                                                                              const std::filesystem::path &folder) {
    std::map<write_back_event, std::vector<write_back_statement>> all;
    for (const auto &[name, event] : write_back_events) {
        if (!section.has(name))
            continue;
        const auto at = section.at(name);
        if (at.value().is_string())
            all[event].push_back(read_statement(at, at.value().get<std::string>(), folder));
        for (const auto &element : at.elements())
            all[event].push_back(read_statement(element, element.value().get<std::string>(), folder));
    }
    return all;
}

} // namespace

std::vector<task_spec> read_tasks(const view &section, const std::filesystem::path &folder, const variables &dotenv) {
    std::vector<task_spec> tasks;
    for (const auto &[name, unused] : section.value().items()) {
        const auto entry = section.at(name);
        task_spec task;
        task.definition = read_definition(entry, folder, dotenv);
        task.definition.name = name;
        task.needs = read_needs(entry);
        entry.read("when", task.when);
        entry.read("priority", task.priority);
        entry.read("constant_prompt", task.constant_prompt);
        task.write_back = read_write_back(entry.at("write_back"), folder);
        task.line = entry.line();
        tasks.push_back(std::move(task));
    }
    return tasks;
}

namespace {

/// Whom a task asks first: its own provider, the file's, or the only one there is.
std::size_t first_rung(const pipeline &p, const view &root, const view &task) {
    if (task.has("provider"))
        return provider_named(p, task.at("provider"));
    if (root.has("provider") && root.at("provider").value().is_string())
        return provider_named(p, root.at("provider"));
    const auto several = root.at("providers");
    if (several.value().size() > 1)
        task.fail("it is not said which of `providers` is asked",
                  "add provider: NAME here, or to the file for all tasks");
    return 0;
}

/// What the fallback is asked for is part of the task, whose answers it gives. Nothing where it differs in nothing.
std::optional<fallback_model> read_fallback_model(const view &section, bool has_output, const variables &dotenv) {
    if (!section.has("model") && !section.has("params"))
        return std::nullopt;
    fallback_model asked;
    read_asked(section, asked.model, asked.params, has_output, dotenv);
    return asked;
}

} // namespace

void read_rungs(pipeline &p, const view &root) {
    for (auto &task : p.tasks) {
        const auto at = root.at("tasks").at(task.definition.name);
        task.rungs.push_back(first_rung(p, root, at));
        for (const auto &rung : at.at("retry").at("escalate").elements())
            task.rungs.push_back(rung.has("provider") ? provider_named(p, rung.at("provider")) : task.rungs.front());
        if (p.has_fallback(task))
            task.definition.fallback =
                read_fallback_model(root.at("fallback"), !task.definition.output.is_null(), p.dotenv);
    }
}

} // namespace smelt::config
