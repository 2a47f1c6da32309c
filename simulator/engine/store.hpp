#pragma once

#include "batch.hpp"
#include "generator.hpp"
#include "simulator/faults/faults.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace smelt::sim {

/// A file of the Files API. Result files are not stored: they are read off their batch.
struct file_record {
    std::string id;
    std::string filename;
    std::string purpose;
    std::int64_t sequence = 0;
    std::int64_t bytes = 0;
    std::int64_t created = 0; ///< Unix seconds
    std::int64_t expires = 0; ///< Unix seconds, 0: never
    dialect spoken = dialect::openai;
    std::string mime; ///< as the client called it, where its dialect asks for it
};
/// The OpenAI file object of docs/protocols.md.
json show(const file_record &file);

/// Things that cannot be read off the files and batches.
struct tallies {
    std::int64_t files_uploaded = 0;
    std::int64_t files_deleted = 0;
    std::int64_t downloads = 0;
    std::int64_t answers_in_flight_max = 0;
};

/// The simulator's memory: a few maps, and behind them a folder in which every change is one rename.
class store {
  public:
    /// Reads the folder, making it when needed, and removes what a kill left half-written.
    explicit store(std::filesystem::path folder);

    void add_file(file_record file); ///< content is at content_path(id) already
    /// As add_file, for one that a client sent: counts it and gives it its place.
    void take_upload(file_record file);
    void delete_file(const std::string &id); ///< counts it, too
    void count_download();
    [[nodiscard]] std::optional<file_record> find_file(const std::string &id, std::int64_t now) const;
    [[nodiscard]] std::vector<file_record> files(std::int64_t now) const; ///< newest first
    [[nodiscard]] std::filesystem::path content_path(const std::string &id) const;

    void put_batch(batch b);
    [[nodiscard]] const batch *find_batch(const std::string &id) const;
    [[nodiscard]] std::vector<const batch *> batches() const; ///< newest first
    [[nodiscard]] result_paths paths_of(const batch &b) const;
    /// Where the requests of a batch without an input file are.
    [[nodiscard]] std::filesystem::path own_input_path(const std::string &batch_id) const;
    [[nodiscard]] std::int64_t next_sequence() { return ++last_sequence_; }

    tallies counts;
    void save_counts() const;
    /// Nothing has happened here yet.
    [[nodiscard]] bool is_new() const { return last_sequence_ == 0 && !faults_stored_; }

    fault_plan faults;
    void save_faults() const;

  private:
    void load();
    void load_files();
    void load_batches();
    void remove_partial_files() const;
    void remove_orphans() const;
    [[nodiscard]] std::optional<file_record> result_file(const batch &b, const std::string &id, std::int64_t now) const;

    std::filesystem::path folder_;
    std::map<std::string, file_record> files_;
    std::map<std::string, batch> batches_;
    std::map<std::string, std::string> batch_of_file_; ///< result file -> batch
    std::int64_t last_sequence_ = 0;
    bool faults_stored_ = false;
};

} // namespace smelt::sim
