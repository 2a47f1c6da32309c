#pragma once

#include "generator.hpp"
#include "simulator/answers/replay.hpp"
#include "simulator/options.hpp"
#include "store.hpp"
#include "synchronous.hpp"

#include "smelt/http/server.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <functional>

namespace smelt::sim {

/// What all dialects have in common: files and batches, their lives, and results made on one thread of its own.
class engine {
  public:
    using clock = std::function<std::int64_t()>; ///< Unix milliseconds

    /// Reads the state below settings.data and takes up the batches that a kill interrupted. executor must run one
    /// handler at a time. Throws file_error for an unusable replay file.
    engine(boost::asio::any_io_executor executor, options settings, clock now);
    ~engine(); ///< stops making results; what is unfinished is made anew by the next engine on the same folder
    engine(const engine &) = delete;
    engine &operator=(const engine &) = delete;

    [[nodiscard]] std::int64_t now() const { return now_(); }
    [[nodiscard]] const options &settings() const { return settings_; }
    [[nodiscard]] const boost::asio::any_io_executor &executor() const { return executor_; }
    store &state() { return store_; }
    [[nodiscard]] const store &state() const { return store_; }
    synchronous &answers() { return answers_; }

    /// Gives a new batch its place, its times and the fault that strikes it. subject is what `match` looks at.
    void prepare(batch &b, const std::string &subject);
    /// Stores a new batch and has its results made.
    void begin(const batch &b);
    /// Whether a batch of so many prompt tokens more is one too many.
    [[nodiscard]] bool exceeds_enqueued_limit(std::int64_t tokens) const;
    /// Ends a batch early. Nothing happens to one that is being cancelled, or whose fault ignores cancels.
    void cancel(const batch &known);
    /// Notes that somebody read the batch alone, if a fault makes it tell something later than its end.
    void count_read(const batch &known);
    /// Hides a batch from its readers; the counters go on counting it.
    void remove(const batch &known);

    /// Null when there is none, or when a fault still hides it.
    [[nodiscard]] const batch *find(const std::string &id, wire of) const;
    /// What a listing in this dialect shows, newest first.
    [[nodiscard]] std::vector<const batch *> listed(dialect spoken) const;
    [[nodiscard]] std::optional<file_record> find_file(const std::string &id, wire of) const;
    [[nodiscard]] std::vector<file_record> files(wire of) const; ///< newest first
    /// The file's bytes as an answer; counted as a download.
    http::server_response deliver(const std::string &file_id);

    /// What happened since the folder was empty.
    [[nodiscard]] json counters() const;

  private:
    void add_first_faults();
    void make_results(const batch &b);
    void take_results(const std::string &id, std::int64_t revision, batch_results results);

    boost::asio::any_io_executor executor_;
    options settings_;
    std::int64_t busy_until_ = 0; ///< Unix milliseconds: when the batches so far will have been answered
    clock now_;
    store store_;
    replay_book replay_;
    synchronous answers_;
    delivery_ledger ledger_; ///< after the constructor only the worker thread touches it
    std::atomic<bool> stop_{false};
    generator generator_;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0); ///< results that come home after the end are dropped
    boost::asio::thread_pool worker_{1};
};

} // namespace smelt::sim
