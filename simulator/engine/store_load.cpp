#include "simulator/disk.hpp"
#include "store.hpp"

#include <algorithm>

namespace smelt::sim {

namespace fs = std::filesystem;

void store::remove_partial_files() const {
    for (const char *part : {"files", "batches"})
        for (const auto &entry : fs::directory_iterator{folder_ / part})
            if (entry.path().extension() == ".new" || entry.path().extension() == ".part")
                fs::remove(entry.path());
}

void store::remove_orphans() const {
    // A kill between the last byte of a create's requests and the batch itself leaves the requests alone.
    for (const auto &entry : fs::directory_iterator{folder_ / "batches"})
        if (entry.path().extension() == ".input" && !batches_.contains(entry.path().stem().string()))
            fs::remove(entry.path());
}

void store::load_files() {
    for (const auto &entry : fs::directory_iterator{folder_ / "files"}) {
        if (entry.path().extension() != ".json")
            continue;
        const json stored = read_json(entry.path());
        file_record file{stored.at("id"),         stored.at("filename"),
                         stored.at("purpose"),    stored.at("sequence"),
                         stored.at("bytes"),      stored.at("created"),
                         stored.at("expires"),    dialect_of(stored.value("dialect", "openai")),
                         stored.value("mime", "")};
        last_sequence_ = std::max(last_sequence_, file.sequence);
        files_.emplace(file.id, std::move(file));
    }
}

void store::load_batches() {
    for (const auto &entry : fs::directory_iterator{folder_ / "batches"}) {
        if (entry.path().extension() != ".json")
            continue;
        batch b = batch_from_json(read_json(entry.path()));
        last_sequence_ = std::max(last_sequence_, b.sequence);
        batch_of_file_[b.output_file] = b.id;
        batch_of_file_[b.error_file] = b.id;
        batches_.emplace(b.id, std::move(b));
    }
}

void store::load() {
    load_files();
    load_batches();
    remove_orphans();
    if (const json stored = read_json(folder_ / "counters.json"); stored.is_object())
        counts = {stored.at("files_uploaded"), stored.at("files_deleted"), stored.at("downloads"),
                  stored.value("answers_in_flight_max", std::int64_t{0})};
    if (const json stored = read_json(folder_ / "faults.json"); stored.is_object()) {
        faults.add(stored.at("rules"));
        stored.at("struck").get_to(faults.struck);
        faults_stored_ = true;
    }
}

} // namespace smelt::sim
