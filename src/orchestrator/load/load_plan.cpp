#include "load_plan.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/base/log.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/records.hpp"

namespace smelt::orchestrator {
namespace {

/// {{a.b}} is the field a.b, or a member of the field a.
void add_possible_fields(std::set<std::string> &names, const std::string &named) {
    for (auto dot = named.find('.'); dot != std::string::npos; dot = named.find('.', dot + 1))
        names.insert(named.substr(0, dot));
    names.insert(named);
}

std::set<std::string> content_fields(const registered_pipeline &p) {
    if (!p.config->source.content.empty())
        return {p.config->source.content.begin(), p.config->source.content.end()};
    std::set<std::string> names;
    for (const auto &task : p.tasks)
        for (const auto &field : task.ready->task.fields()) {
            // Answers of needed tasks are no field of the record.
            if (task.needs.empty() || field.substr(0, field.find('.')) != "tasks")
                add_possible_fields(names, field);
        }
    return names;
}

std::string prefilter_hash(const config::pipeline &p) {
    sha256_stream hash;
    for (const auto &filter : p.prefilters) {
        hash.add(filter.name);
        hash.add(filter.skip_if);
    }
    return p.prefilters.empty() ? std::string{} : hash.hex();
}

std::vector<source::input_file> input_files(const config::pipeline &p, const std::vector<std::string> &files) {
    if (files.empty())
        return source::list_files(p.source, p.folder);
    auto spec = p.source;
    spec.patterns = files;
    return source::list_files(spec, std::filesystem::current_path());
}

/// What the source's own patterns name, when this load reads other files.
std::vector<source::input_file> other_files(const config::pipeline &p) {
    try {
        return source::list_files(p.source, p.folder);
    } catch (const usage_error &e) {
        log::debug("{}: {}", p.name, e.what());
    }
    return {};
}

} // namespace

load_plan make_plan(db::transaction &tx, const registered_pipeline &p, const std::vector<std::string> &files) {
    load_plan plan;
    const auto row = store::catalog{tx}.find_pipeline(p.config->name);
    const auto fields = content_fields(p);
    plan.fields.assign(fields.begin(), fields.end());
    plan.filters = prefilter_hash(*p.config);
    plan.file = p.config->absolute_file().string();
    plan.last_file = row ? row->file : plan.file;
    plan.same_fields = row && row->content_fields == plan.fields;
    plan.everything = !plan.same_fields || row->prefilter_hash != plan.filters;
    if (p.config->source.kind == config::source_kind::sql)
        return plan;
    const auto known = store::records{tx}.known_files(p.id);
    std::set<std::int32_t> reading;
    std::set<std::string> present;
    if (!files.empty())
        for (const auto &file : other_files(*p.config))
            present.insert(file.path.string());
    for (auto &file : input_files(*p.config, files)) {
        present.insert(file.path.string());
        const auto before = known.find(file.path.string());
        const bool unchanged =
            before != known.end() && before->second.size == file.size && before->second.mtime_ns == file.mtime_ns;
        if (unchanged && !plan.everything)
            continue;
        if (before != known.end())
            reading.insert(before->second.id);
        plan.read.push_back(std::move(file));
    }
    for (const auto &[path, file] : known)
        if (!reading.contains(file.id))
            (present.contains(path) ? plan.unread : plan.gone).push_back(file.id);
    return plan;
}

} // namespace smelt::orchestrator
