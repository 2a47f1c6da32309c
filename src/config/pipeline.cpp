#include "smelt/config/pipeline.hpp"

#include "read.hpp"
#include "schema_check.hpp"
#include "text_file.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/dotenv.hpp"

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
void check_api_key(const view &root) {
    const auto provider = root.at("provider");
    if (provider.has("api_key") && provider.value().at("api_key").is_string())
        provider.at("api_key").fail("the key itself never stands in the file",
                                    "write api_key: {env: OPENAI_API_KEY}, {file: PATH} or {command: [PROGRAM, ...]}");
}

/// Found out here instead of when the last items are to be sent.
void check_endpoints(const pipeline &p, const view &tasks) {
    if (!p.fallback && !p.provider.synchronous)
        return;
    for (const auto &task : p.tasks)
        if (task.definition.endpoint != task_definition{}.endpoint)
            tasks.at(task.definition.name)
                .at("endpoint")
                .fail("requests of a synchronous service go to " + task_definition{}.endpoint + " only",
                      p.fallback ? "leave endpoint or fallback out" : "leave endpoint out");
}

} // namespace

const task_spec *pipeline::task(std::string_view wanted) const {
    const auto found =
        std::find_if(tasks.begin(), tasks.end(), [&](const task_spec &t) { return t.definition.name == wanted; });
    return found == tasks.end() ? nullptr : &*found;
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
    check_api_key(root);
    check_structure(yaml);

    root.read("pipeline", p.name);
    p.source = read_source(root.at("source"));
    p.prefilters = read_prefilters(root.at("prefilter"));
    p.provider = read_provider(root.at("provider"), p.folder);
    p.fallback = read_fallback(root.at("fallback"), p.folder);
    if (p.fallback && p.provider.synchronous)
        root.at("fallback").fail("provider " + p.provider.name + " is synchronous anyway", "remove fallback");
    p.tasks = in_order_of_needs(read_tasks(root.at("tasks"), p.folder, p.dotenv), root.at("tasks"));
    check_conditions(p.tasks, root.at("tasks"));
    check_endpoints(p, root.at("tasks"));
    p.limits = read_limits(root.at("limits"));
    p.circuit_breaker = read_circuit_breaker(root.at("circuit_breaker"));
    p.timing = read_timing(root.at("timing"));
    p.slice = read_slice(root.at("slice"));
    check_view_names(p, root.at("tasks"));
    return p;
}

} // namespace smelt::config
