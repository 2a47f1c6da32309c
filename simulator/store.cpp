#include "store.hpp"

#include "disk.hpp"

#include <algorithm>

namespace smelt::sim {

namespace fs = std::filesystem;

json show(const file_record &file) {
    return {{"id", file.id},
            {"object", "file"},
            {"bytes", file.bytes},
            {"created_at", file.created},
            {"expires_at", file.expires == 0 ? json() : json(file.expires)},
            {"filename", file.filename},
            {"purpose", file.purpose},
            {"status", "processed"},
            {"status_details", nullptr}};
}

store::store(fs::path folder) : folder_{std::move(folder)} {
    fs::create_directories(folder_ / "files");
    fs::create_directories(folder_ / "batches");
    remove_leftovers();
    load();
}

void store::remove_leftovers() const {
    for (const char *part : {"files", "batches"})
        for (const auto &entry : fs::directory_iterator{folder_ / part})
            if (entry.path().extension() == ".new" || entry.path().extension() == ".part")
                fs::remove(entry.path());
}

void store::load() {
    for (const auto &entry : fs::directory_iterator{folder_ / "files"}) {
        if (entry.path().extension() != ".json")
            continue;
        const json stored = read_json(entry.path());
        file_record file{stored.at("id"),    stored.at("filename"), stored.at("purpose"), stored.at("sequence"),
                         stored.at("bytes"), stored.at("created"),  stored.at("expires")};
        last_sequence_ = std::max(last_sequence_, file.sequence);
        files_.emplace(file.id, std::move(file));
    }
    for (const auto &entry : fs::directory_iterator{folder_ / "batches"}) {
        if (entry.path().extension() != ".json")
            continue;
        batch b = batch_from_json(read_json(entry.path()));
        last_sequence_ = std::max(last_sequence_, b.sequence);
        batch_of_file_[b.output_file] = b.id;
        batch_of_file_[b.error_file] = b.id;
        batches_.emplace(b.id, std::move(b));
    }
    if (const json stored = read_json(folder_ / "counters.json"); stored.is_object())
        counts = {stored.at("files_uploaded"), stored.at("files_deleted"), stored.at("downloads")};
    if (const json stored = read_json(folder_ / "faults.json"); stored.is_object()) {
        faults.add(stored.at("rules"));
        stored.at("struck").get_to(faults.struck);
        faults_stored_ = true;
    }
}

void store::save_counts() const {
    const json stored = {{"files_uploaded", counts.files_uploaded},
                         {"files_deleted", counts.files_deleted},
                         {"downloads", counts.downloads}};
    replace_file(folder_ / "counters.json", stored.dump());
}

void store::save_faults() const {
    replace_file(folder_ / "faults.json", json{{"rules", faults.as_json()}, {"struck", faults.struck}}.dump());
}

fs::path store::content_path(const std::string &id) const {
    return folder_ / "files" / (id + ".data");
}

void store::add_file(file_record file) {
    const json stored = {
        {"id", file.id},       {"filename", file.filename}, {"purpose", file.purpose}, {"sequence", file.sequence},
        {"bytes", file.bytes}, {"created", file.created},   {"expires", file.expires}};
    replace_file(folder_ / "files" / (file.id + ".json"), stored.dump());
    files_[file.id] = std::move(file);
}

void store::remove_file(const std::string &id) {
    if (const auto owner = batch_of_file_.find(id); owner != batch_of_file_.end()) {
        batch changed = batches_.at(owner->second);
        changed.deleted_files.push_back(id);
        put_batch(std::move(changed));
    } else {
        fs::remove(folder_ / "files" / (id + ".json"));
        files_.erase(id);
    }
    fs::remove(content_path(id));
}

std::optional<file_record> store::result_file(const batch &b, const std::string &id, std::int64_t now) const {
    const bool exists = id == b.output_file ? b.results.has_output : b.results.has_errors;
    const bool deleted = std::find(b.deleted_files.begin(), b.deleted_files.end(), id) != b.deleted_files.end();
    if (!exists || deleted || !phase_at(b, now).terminal)
        return std::nullopt;
    const std::int64_t created = std::max(b.done, b.created + b.latency) / 1000;
    const std::string name = b.id + (id == b.output_file ? "_output.jsonl" : "_error.jsonl");
    const auto size = static_cast<std::int64_t>(fs::file_size(content_path(id)));
    return file_record{id, name, "batch_output", b.sequence, size, created, created + b.output_expires_after};
}

std::optional<file_record> store::find_file(const std::string &id, std::int64_t now) const {
    std::optional<file_record> found;
    if (const auto at = files_.find(id); at != files_.end())
        found = at->second;
    else if (const auto owner = batch_of_file_.find(id); owner != batch_of_file_.end())
        found = result_file(batches_.at(owner->second), id, now);
    if (found && found->expires != 0 && found->expires <= now / 1000)
        found.reset();
    return found;
}

std::vector<file_record> store::files(std::int64_t now) const {
    std::vector<file_record> all;
    const auto add = [&](const std::string &id) {
        if (auto file = find_file(id, now))
            all.push_back(std::move(*file));
    };
    for (const auto &[id, file] : files_)
        add(id);
    for (const auto &[id, owner] : batch_of_file_)
        add(id);
    std::sort(all.begin(), all.end(), [](const auto &a, const auto &b) {
        return std::tie(b.created, b.sequence, b.id) < std::tie(a.created, a.sequence, a.id);
    });
    return all;
}

void store::put_batch(batch b) {
    replace_file(folder_ / "batches" / (b.id + ".json"), to_json(b).dump());
    batch_of_file_[b.output_file] = b.id;
    batch_of_file_[b.error_file] = b.id;
    batches_[b.id] = std::move(b);
}

const batch *store::find_batch(const std::string &id) const {
    const auto at = batches_.find(id);
    return at == batches_.end() ? nullptr : &at->second;
}

std::vector<const batch *> store::batches() const {
    std::vector<const batch *> all;
    all.reserve(batches_.size());
    for (const auto &[id, b] : batches_)
        all.push_back(&b);
    std::sort(all.begin(), all.end(), [](const batch *a, const batch *b) { return b->sequence < a->sequence; });
    return all;
}

result_paths store::paths_of(const batch &b) const {
    const auto beside = folder_ / "batches" / b.id;
    // A name that is no file of ours must not become a path.
    const fs::path input = files_.contains(b.input_file) ? content_path(b.input_file) : fs::path{};
    return {input, content_path(b.output_file), content_path(b.error_file), beside.string() + ".ids",
            beside.string() + ".delivered"};
}

} // namespace smelt::sim
