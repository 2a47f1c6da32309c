#include "smelt/config/pipeline.hpp"

#include "read.hpp"
#include "schema_check.hpp"
#include "text_file.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/dotenv.hpp"
#include "smelt/config/suggest.hpp"

#include <algorithm>

namespace smelt::config {
namespace {

/// PostgreSQL cuts identifiers at 63 bytes; two views cut to the same name would collide.
void check_view_names(const pipeline &p, const view &tasks) {
    constexpr std::size_t longest = 63;
    for (const auto &task : p.tasks) {
        const auto name = p.name + "_" + task.definition.name;
        if (name.size() > longest)
            tasks.at(task.definition.name)
                .fail("the view name " + name + " is longer than PostgreSQL's 63 characters",
                      "shorten the pipeline's or the task's name");
    }
}

/// The commonest mistakes about keys, told before the schema's general words. The value is never shown.
void check_api_key(const view &provider) {
    if (provider.has("api_key") && provider.value().at("api_key").is_string())
        provider.at("api_key").fail("the key itself never stands in the file",
                                    "write api_key: {env: OPENAI_API_KEY}, {file: PATH} or {command: [PROGRAM, ...]}");
}

void check_api_keys(const view &root) {
    check_api_key(root.at("provider"));
    check_api_key(root.at("fallback").at("provider"));
    const auto several = root.at("providers");
    for (const auto &[name, unused] : several.value().items())
        check_api_key(several.at(name));
}

/// Found out here instead of when the last items are to be sent.
void check_endpoints(const pipeline &p, const view &tasks) {
    for (const auto &task : p.tasks) {
        const auto is_synchronous = [&](std::size_t provider) { return p.providers[provider].synchronous; };
        const bool falls_back = p.has_fallback(task) && p.providers[p.fallback->provider].synchronous;
        const bool is_asked_at_once = falls_back || std::ranges::any_of(task.rungs, is_synchronous);
        if (is_asked_at_once && task.definition.endpoint != task_definition{}.endpoint)
            tasks.at(task.definition.name)
                .at("endpoint")
                .fail("requests of a synchronous service go to " + task_definition{}.endpoint + " only",
                      falls_back ? "leave endpoint or fallback out" : "leave endpoint out");
    }
}

/// Whom nothing would ever be asked. A synchronous service needs nobody to answer what is too little for a batch.
void check_fallback(const pipeline &p, const view &section) {
    if (!p.fallback || std::ranges::any_of(p.tasks, [&](const task_spec &task) { return p.has_fallback(task); }))
        return;
    const auto &own = p.provider_of(p.tasks.front());
    if (&own == &p.providers[p.fallback->provider])
        section.at("provider").fail("this service is asked anyway", "name another one of `providers`");
    section.fail("provider " + own.name + " is synchronous anyway",
                 "remove fallback, or say `after` instead of `below`");
}

/// Names that stand for other reasons why an item is skipped, and what they mean.
std::vector<std::pair<std::string, std::string>> taken_names(const pipeline &p) {
    std::vector<std::pair<std::string, std::string>> taken{
        {"when", "when is the reason of items whose `when` said no"},
        {"forgotten", "forgotten is the reason of records that smelt forget has removed while they were under way"}};
    if (p.source.skips_gone)
        taken.emplace_back("gone", "with source.gone: skip, gone is the reason of records that the source has no more");
    if (p.source.text_file)
        for (const std::string limit : {"max_bytes", "max_tokens"})
            taken.emplace_back(limit,
                               "with source.text_file, " + limit + " is the reason of records whose file is larger");
    return taken;
}

/// What is skipped for one reason is not taken for what is skipped for another.
void check_skip_names(const pipeline &p, const view &filters) {
    const auto taken = taken_names(p);
    const auto meaning = [&](const std::string &name) {
        const auto found = std::ranges::find(taken, name, &std::pair<std::string, std::string>::first);
        return found == taken.end() ? std::string{} : found->second;
    };
    for (const auto &filter : p.prefilters)
        if (const auto other = meaning(filter.name); !other.empty())
            filters.fail(other, "give the filter of this name another one");
    if (!p.rules)
        return;
    for (const auto &family : p.rules->families) {
        auto other = meaning(family.name);
        if (std::ranges::find(p.prefilters, family.name, &prefilter::name) != p.prefilters.end())
            other = family.name + " is the name of a prefilter in " + p.file.string();
        if (!other.empty())
            throw file_error{p.rules->file, family.line, other, "give the family of this name another one"};
    }
}

/// Families can only answer tasks that there are.
void check_outcomes(const pipeline &p) {
    if (!p.rules)
        return;
    std::vector<std::string> names;
    for (const auto &task : p.tasks)
        names.push_back(task.definition.name);
    for (const auto &family : p.rules->families)
        if (family.outcome && p.task(family.outcome->task) == nullptr)
            throw file_error{p.rules->file, family.line,
                             "family " + family.name + ": outcome.task: " + p.file.string() + " has no task \"" +
                                 family.outcome->task + "\"",
                             did_you_mean(family.outcome->task, names)};
}

/// The rows that write-back has changed are found by their key.
void check_write_back_key(const pipeline &p, const view &source) {
    if (!p.writes_back() || p.source.kind != source_kind::sql)
        return;
    const bool are_columns = std::ranges::none_of(p.source.key.fields, [&](const std::string &field) {
        return std::ranges::find(p.source.derive, field, &derived_field::name) != p.source.derive.end();
    });
    if (p.source.key.type != key_spec::kind::fields || !are_columns)
        source.at("key").fail("with write_back the key of a query is one of its columns, or several",
                              "name columns that identify a row");
}

} // namespace

const task_spec *pipeline::task(std::string_view wanted) const {
    const auto found =
        std::find_if(tasks.begin(), tasks.end(), [&](const task_spec &t) { return t.definition.name == wanted; });
    return found == tasks.end() ? nullptr : &*found;
}

bool pipeline::writes_back() const {
    return std::ranges::any_of(tasks, [](const task_spec &t) { return !t.write_back.empty(); });
}

bool pipeline::is_ruled(const task_spec &task) const {
    return rules && std::ranges::any_of(rules->families, [&](const rule_family &family) {
               return family.outcome && family.outcome->task == task.definition.name;
           });
}

bool pipeline::has_fallback(const task_spec &task) const {
    if (!fallback || task.rungs.front() == fallback->provider)
        return false;
    return fallback->after.has_value() || !providers[task.rungs.front()].synchronous;
}

const provider_spec &pipeline::provider_of(const task_spec &task, int rung) const {
    if (rung == fallback_rung)
        return providers[fallback->provider];
    return providers[task.rungs[std::min(static_cast<std::size_t>(rung), task.rungs.size() - 1)]];
}

pipeline load_pipeline(const std::filesystem::path &file) {
    pipeline p;
    p.file = file;
    p.folder = std::filesystem::absolute(file).lexically_normal().parent_path();
    const auto text = read_utf8_file(file);
    p.dotenv = read_dotenv(p.folder / ".env");
    const auto yaml = parse_yaml(text, file.string(), p.dotenv);
    if (yaml.value.is_null())
        throw file_error{file.string(), 0, "the file is empty", "smelt init DIR writes a commented starter pipeline"};
    const view root{yaml};
    check_api_keys(root);
    check_structure(yaml, "schemas/pipeline.schema.json");

    root.read("pipeline", p.name);
    p.source = read_source(root.at("source"), p.folder);
    p.prefilters = read_prefilters(root.at("prefilter"));
    p.rules = read_rule_pack(root, p.folder);
    p.dedupe = read_dedupe(root.at("dedupe"));
    read_providers(p, root);
    p.tasks = in_order_of_needs(read_tasks(root.at("tasks"), p.folder, p.dotenv), root.at("tasks"));
    check_conditions(p.tasks, root.at("tasks"));
    check_write_back_key(p, root.at("source"));
    read_rungs(p, root);
    check_fallback(p, root.at("fallback"));
    check_endpoints(p, root.at("tasks"));
    root.at("limits").read("first_batch", p.first_batch);
    p.budgets = read_budgets(root.at("budget"));
    const auto redact = read_redact(root.at("redact"));
    for (auto &task : p.tasks)
        task.definition.redact = redact;
    p.retention = read_retention(root.at("retention"));
    p.circuit_breaker = read_circuit_breaker(root.at("circuit_breaker"));
    p.timing = read_timing(root.at("timing"));
    p.slice = read_slice(root.at("slice"));
    check_view_names(p, root.at("tasks"));
    check_skip_names(p, root.at("prefilter"));
    check_outcomes(p);
    return p;
}

} // namespace smelt::config
