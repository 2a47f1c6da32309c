#include "load_plan.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/fetches.hpp"
#include "smelt/store/records.hpp"

#include <algorithm>

namespace smelt::orchestrator {
namespace {

/// {{a.b}} is the field a.b, or a member of the field a.
void add_possible_fields(std::set<std::string> &names, const std::string &named) {
    for (auto dot = named.find('.'); dot != std::string::npos; dot = named.find('.', dot + 1))
        names.insert(named.substr(0, dot));
    names.insert(named);
}

/// What {{all_fields}} stands for, as source::is_content reads it.
void add_all_fields(std::set<std::string> &names, const extraction::compiled_task &task) {
    if (!task.names_all_fields())
        return;
    const auto &choice = task.definition().all_fields;
    names.insert(choice.only.begin(), choice.only.end());
    if (!choice.only.empty())
        return;
    const bool is_first = names.insert("*").second;
    if (is_first)
        for (const auto &name : choice.except)
            names.insert("-" + name);
    else
        std::erase_if(names, [&](const std::string &name) {
            return name.starts_with('-') && std::ranges::find(choice.except, name.substr(1)) == choice.except.end();
        });
}

/// What decides beside the rows themselves which records there are, and which of them are skipped.
std::string prefilter_hash(const config::pipeline &p) {
    sha256_stream hash;
    hash.add(std::to_string(static_cast<int>(p.source.kind)) + p.source.delimiter + (p.source.quotes ? "q" : "n"));
    hash.add(p.source.records + "\n" + p.source.member + "\n");
    for (const auto &field : p.source.derive)
        hash.add(field.name + "\n" + field.from + "\n" + field.match + "\n");
    if (const auto &file = p.source.text_file)
        hash.add(file->column + "\n" + file->base + "\n" + file->field + "\n" + std::to_string(file->max_bytes) + "\n" +
                 std::to_string(file->max_tokens));
    if (const auto &http = p.source.http; http && http->detail) {
        const auto &d = *http->detail;
        hash.add(d.field + "\n" + d.records + "\n" + d.title + "\n" + std::to_string(d.max_bytes));
        for (const auto *list : {&d.text, &d.others})
            for (const auto &text : *list)
                hash.add(text);
    }
    if (const auto &again = p.source.again)
        hash.add(again->when + "\n" + again->version);
    hash.add(std::to_string(static_cast<int>(p.source.key.type)));
    for (const auto &field : p.source.key.fields)
        hash.add("\n" + field);
    if (p.dedupe)
        hash.add((p.dedupe->keeps_last ? "last\n" : "first\n") + p.dedupe->by);
    for (const auto &filter : p.prefilters) {
        hash.add(filter.name);
        hash.add(filter.skip_if);
    }
    if (p.rules)
        hash.add("rules\n" + p.rules->hash);
    return hash.hex();
}

std::vector<source::input_file> input_files(const config::pipeline &p, const std::vector<std::string> &files) {
    if (files.empty())
        return source::list_files(p.source, p.folder);
    auto spec = p.source;
    spec.patterns = files;
    auto inputs = source::list_files(spec, std::filesystem::current_path());
    // The same name from wherever it is given.
    for (auto &file : inputs)
        if (const auto inside = file.absolute.lexically_relative(p.folder); !inside.empty() && *inside.begin() != "..")
            file.path = inside;
    return inputs;
}

/// What patterns of the pipeline's folder name beside the files that this load was given; nothing is no error.
std::vector<source::input_file> other_files(const config::pipeline &p, const std::vector<std::string> &patterns) {
    auto spec = p.source;
    spec.patterns = patterns;
    try {
        return source::list_files(spec, p.folder);
    } catch (const usage_error &e) {
        log::debug("{}: {}", p.name, e.what());
    }
    return {};
}

using known_files = std::map<std::string, store::known_file>;

/// Where a copying tool has kept size and mtime, the content says it. touched: gets the file when it is what it was.
bool is_changed(const source::input_file &file, const known_files &known,
                std::map<std::int32_t, std::int64_t> &touched) {
    const auto found = known.find(file.path.string());
    if (found == known.end())
        return true;
    const auto &before = found->second;
    if (before.size != file.size || before.mtime_ns != file.mtime_ns)
        return true;
    if (before.ctime_ns == file.ctime_ns)
        return false;
    if (before.digest != source::content_digest(file))
        return true;
    touched.emplace(before.id, file.ctime_ns);
    return false;
}

/// `every` of the file; without it a query is asked at most once a minute by one run, and files in each pass.
bool is_due(db::transaction &tx, const registered_pipeline &p, const std::optional<store::pipeline_row> &row,
            const load_choice &choice) {
    const auto &source = p.config->source;
    if (!choice.only_if_due)
        return true;
    if (source.http)
        return store::fetches{tx, p.id}.state().is_new;
    if (source.every)
        return !row || !row->loaded_ago || *row->loaded_ago >= *source.every;
    constexpr std::chrono::minutes of_queries{1};
    return source.kind != config::source_kind::sql || !p.read_at ||
           std::chrono::steady_clock::now() - *p.read_at >= of_queries;
}

/// Every file whose rows are numbered together: also the source's own, and what was loaded by hand before.
void add_numbered(std::vector<source::input_file> &inputs, const config::pipeline &p, const known_files &known) {
    const auto add = [&](std::vector<source::input_file> more) {
        for (auto &file : more)
            if (std::ranges::find(inputs, file.path, &source::input_file::path) == inputs.end())
                inputs.push_back(std::move(file));
    };
    add(other_files(p, p.source.patterns));
    for (const auto &entry : known) {
        auto same = other_files(p, {entry.first});
        std::erase_if(same, [&](const auto &file) { return file.path != entry.first; });
        add(std::move(same));
    }
}

} // namespace

std::set<std::string> content_fields(const registered_pipeline &p) {
    if (!p.config->source.content.empty())
        return {p.config->source.content.begin(), p.config->source.content.end()};
    std::set<std::string> names;
    for (const auto &task : p.tasks) {
        add_all_fields(names, task.ready->task);
        for (const auto &field : task.ready->task.fields()) {
            // Answers of needed tasks are no field of the record.
            if (task.needs.empty() || field.substr(0, field.find('.')) != "tasks")
                add_possible_fields(names, field);
        }
    }
    // What one task leaves out may be named by another.
    for (const auto &name : std::set<std::string>{names})
        if (name.starts_with('-') && names.contains(name.substr(1)))
            names.erase(name);
    return names;
}

std::vector<std::vector<std::string>> evidence_parts(const registered_pipeline &p) {
    std::set<std::vector<std::string>> parts;
    if (!p.config->rules)
        return {};
    for (const auto &task : p.tasks)
        for (const auto &field : task.ready->task.fields())
            if (auto path = split(field, '.'); path.front() == "evidence") {
                path.erase(path.begin());
                parts.insert(std::move(path));
            }
    return {parts.begin(), parts.end()};
}

std::vector<std::string> merge_columns(const std::vector<std::string> &known, const std::vector<std::string> &seen) {
    const auto add_new = [](std::vector<std::string> to, const std::vector<std::string> &names) {
        for (const auto &name : names)
            if (std::ranges::find(to, name) == to.end())
                to.push_back(name);
        return to;
    };
    auto merged = add_new(known, seen);
    return merged.size() == known.size() ? known : add_new(seen, known);
}

namespace {

std::set<std::string> paths_of(const std::vector<source::input_file> &files) {
    std::set<std::string> paths;
    for (const auto &file : files)
        paths.insert(file.path.string());
    return paths;
}

/// Which files are read, whether the source's patterns name them or a person, and what became of the others.
void choose_files(load_plan &plan, const config::pipeline &p, const std::vector<std::string> &wanted,
                  const known_files &known) {
    auto inputs = input_files(p, wanted);
    const auto own = paths_of(wanted.empty() ? inputs : other_files(p, p.source.patterns));
    if (p.source.key.numbers_equal_rows()) {
        // Over all files, so all are read when one has changed.
        add_numbered(inputs, p, known);
        plan.everything = plan.everything || std::ranges::any_of(inputs, [&](const auto &file) {
                              return is_changed(file, known, plan.touched);
                          });
    }
    auto present = own;
    std::set<std::string> reading;
    for (auto &file : inputs) {
        const auto path = file.path.string();
        present.insert(path);
        if (!own.contains(path))
            plan.given.insert(path);
        // What a file's rows name may have changed without it.
        if (!plan.everything && !p.source.text_file && !is_changed(file, known, plan.touched))
            continue;
        reading.insert(path);
        plan.read.push_back(std::move(file));
    }
    for (const auto &[path, file] : known) {
        if (reading.contains(path))
            continue;
        if (!present.contains(path) && !file.given)
            plan.lost.push_back(file.id);
        (present.contains(path) ? plan.unread : plan.gone).push_back(file.id);
    }
}

} // namespace

load_plan make_plan(db::transaction &tx, const registered_pipeline &p, const load_choice &choice) {
    load_plan plan;
    const auto row = store::catalog{tx}.find_pipeline(p.config->name);
    const auto fields = content_fields(p);
    plan.fields.assign(fields.begin(), fields.end());
    plan.evidence_parts = evidence_parts(p);
    plan.filters = prefilter_hash(*p.config);
    plan.file = p.config->absolute_file().string();
    plan.last_file = row ? row->file : plan.file;
    plan.columns = row ? row->columns : std::vector<std::string>{};
    plan.same_fields = row && row->content_fields == plan.fields;
    plan.everything = choice.reread || !plan.same_fields || row->prefilter_hash != plan.filters;
    const bool has_nothing = p.config->source.http && store::fetches{tx, p.id}.state().version == 0;
    plan.is_due = !has_nothing && (plan.everything || plan.file != plan.last_file || is_due(tx, p, row, choice));
    if (p.config->source.is_files() && plan.is_due)
        choose_files(plan, *p.config, choice.files, store::records{tx}.known_files(p.id));
    return plan;
}

} // namespace smelt::orchestrator
