#include "generator.hpp"

#include "batch_run.hpp"

#include <system_error>

namespace smelt::sim {
namespace {

// Buffers go to the disk when they are this full; a block's answers are about as large as the block.
constexpr std::size_t flush_size = 512 * 1024;

/// A result file under way: written beside its place, moved there when it is whole, removed otherwise.
class result_file {
  public:
    explicit result_file(std::filesystem::path path)
        : path_{std::move(path)}, fresh_{path_.string() + ".new"}, file_{open_file(fresh_, "wb")} {
        std::setvbuf(file_.get(), nullptr, _IONBF, 0);
    }
    ~result_file() {
        std::error_code ignored;
        if (file_)
            std::filesystem::remove(fresh_, ignored);
    }
    result_file(const result_file &) = delete;
    result_file &operator=(const result_file &) = delete;

    void flush(std::string &buffer, std::size_t threshold) {
        if (buffer.size() < threshold || buffer.empty())
            return;
        write_all(file_.get(), buffer);
        size_ += buffer.size();
        buffer.clear();
    }
    /// False: nothing was written, so there is no file, unless empty ones are wanted.
    bool keep(std::int64_t cut, bool empty_too) {
        file_.reset();
        if (size_ == 0 && !empty_too) {
            std::filesystem::remove(fresh_);
            std::filesystem::remove(path_);
            return false;
        }
        if (cut > 0)
            std::filesystem::resize_file(fresh_, size_ - std::min(size_, static_cast<std::uintmax_t>(cut)));
        std::filesystem::rename(fresh_, path_);
        return true;
    }

  private:
    std::filesystem::path path_;
    std::filesystem::path fresh_;
    file_handle file_;
    std::uintmax_t size_ = 0;
};

std::int64_t count_lines(const std::filesystem::path &path) {
    line_reader reader{path};
    std::vector<input_line> lines;
    std::int64_t count = 0;
    while (reader.next(lines))
        count += static_cast<std::int64_t>(lines.size());
    return count;
}

batch_results refused(const std::string &code, const std::string &message, const std::string &param) {
    batch_results results;
    results.errors = {{code, message, param, 0}};
    return results;
}

} // namespace

batch_results generator::run(const batch &b, const result_paths &paths) {
    if (!std::filesystem::exists(paths.input))
        return refused("invalid_request",
                       "Cannot find file " + b.input_file + ", or organization does not have access to it.", "file_id");
    const bool partial = faults_of(b).expire_after_fraction.has_value();
    ledger_.begin(b.id);
    try {
        batch_run work{b, settings_, maker_, partial ? count_lines(paths.input) : 0};
        line_reader reader{paths.input};
        result_file output{paths.output};
        result_file errors{paths.errors};
        std::vector<input_line> lines;
        while (reader.next(lines)) {
            if (stop_.load(std::memory_order_relaxed))
                throw stopped{};
            work.take(lines);
            output.flush(work.output, flush_size);
            errors.flush(work.errors, flush_size);
        }
        work.finish();
        if (!work.results.errors.empty()) {
            ledger_.rollback();
            batch_results failure;
            failure.errors = std::move(work.results.errors);
            return failure;
        }
        output.flush(work.output, 0);
        errors.flush(work.errors, 0);
        work.results.has_output = output.keep(faults_of(b).truncate_output, false);
        work.results.has_errors = errors.keep(0, has_empty_files(b.spoken));
        ledger_.commit(paths.delivered);
        replace_hashes(paths.ids, work.ids().values());
        return work.results;
    } catch (...) {
        ledger_.rollback();
        throw;
    }
}

} // namespace smelt::sim
