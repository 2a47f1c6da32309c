#include "store.hpp"

#include "simulator/disk.hpp"

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
    remove_partial_files();
    load();
}

void store::save_counts() const {
    const json stored = {{"files_uploaded", counts.files_uploaded},
                         {"files_deleted", counts.files_deleted},
                         {"downloads", counts.downloads},
                         {"answers_in_flight_max", counts.answers_in_flight_max}};
    replace_file(folder_ / "counters.json", stored.dump());
}

void store::save_faults() const {
    replace_file(folder_ / "faults.json", json{{"rules", faults.as_json()}, {"struck", faults.struck}}.dump());
}

fs::path store::content_path(const std::string &id) const {
    return folder_ / "files" / (id + ".data");
}

void store::add_file(file_record file) {
    const json stored = {{"id", file.id},           {"filename", file.filename},
                         {"purpose", file.purpose}, {"sequence", file.sequence},
                         {"bytes", file.bytes},     {"created", file.created},
                         {"expires", file.expires}, {"dialect", to_string(file.spoken)},
                         {"mime", file.mime}};
    replace_file(folder_ / "files" / (file.id + ".json"), stored.dump(-1, ' ', false, json::error_handler_t::replace));
    files_[file.id] = std::move(file);
}

void store::take_upload(file_record file) {
    file.sequence = next_sequence();
    ++counts.files_uploaded;
    save_counts();
    add_file(std::move(file));
}

void store::count_download() {
    ++counts.downloads;
    save_counts();
}

void store::delete_file(const std::string &id) {
    if (const auto owner = batch_of_file_.find(id); owner != batch_of_file_.end()) {
        batch changed = batches_.at(owner->second);
        changed.deleted_files.push_back(id);
        put_batch(std::move(changed));
    } else {
        fs::remove(folder_ / "files" / (id + ".json"));
        files_.erase(id);
    }
    fs::remove(content_path(id));
    ++counts.files_deleted;
    save_counts();
}

std::optional<file_record> store::result_file(const batch &b, const std::string &id, std::int64_t now) const {
    const bool exists = id == b.output_file ? b.results.has_output : b.results.has_errors;
    const bool deleted = std::find(b.deleted_files.begin(), b.deleted_files.end(), id) != b.deleted_files.end();
    // Inline requests have inline results: there is no file to name.
    if (!exists || deleted || comes_inline(b) || !phase_at(b, now).terminal)
        return std::nullopt;
    const std::int64_t created = std::max(b.done, b.created + b.latency) / 1000;
    const std::string name = b.id + (id == b.output_file ? "_output.jsonl" : "_error.jsonl");
    const auto size = static_cast<std::int64_t>(fs::file_size(content_path(id)));
    const std::int64_t expires = b.output_expires_after == 0 ? 0 : created + b.output_expires_after;
    return file_record{id, name, "batch_output", b.sequence, size, created, expires, b.spoken, {}};
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

fs::path store::own_input_path(const std::string &batch_id) const {
    return folder_ / "batches" / (batch_id + ".input");
}

result_paths store::paths_of(const batch &b) const {
    const auto beside = folder_ / "batches" / b.id;
    fs::path input;
    if (b.input_file.empty()) {
        input = own_input_path(b.id);
    } else if (const auto file = files_.find(b.input_file); file != files_.end()) {
        // A name that is no file of ours must not become a path.
        if (wire_of(file->second.spoken) == wire_of(b.spoken))
            input = content_path(b.input_file);
    }
    return {input, content_path(b.output_file), content_path(b.error_file), beside.string() + ".ids",
            beside.string() + ".delivered"};
}

} // namespace smelt::sim
