#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace smelt::store {

/// A run whose lease has not run out.
struct live_run {
    std::string place; ///< "host (pid 17)"
    int seconds = 0;   ///< until its lease runs out, if nobody renews it
};

struct table_size {
    std::string name;
    std::int64_t rows = 0; ///< about
    std::int64_t bytes = 0;
};

/// What the rows of a pipeline take, without indexes.
struct pipeline_size {
    pipeline_id id;
    std::string name, file;
    std::int64_t records = 0;
    std::int64_t record_bytes = 0, answer_bytes = 0, fetched_bytes = 0;
};

/// The statement by which a copy gets another identity, and what is under way goes out again as its own.
std::string become_another_sql();

/// Which installation this database is, where it is, and who may run.
class installation {
  public:
    explicit installation(db::transaction &tx) : tx_{tx} {}

    /// Goes into the metadata of every job.
    std::string id();
    /// Throws usage_error where the database was moved.
    void refuse_moved();
    /// Where it was moved to; empty: it was not.
    std::string moved_to();
    /// From here on no run begins.
    void move(const std::string &to);
    /// Runs may begin again, or here.
    void stay();
    /// Whether a move has come to its end, and to say so.
    bool is_moved_away();
    void set_moved_away();

    std::vector<live_run> live_runs();
    /// Rows of each table of Smelt.
    std::vector<std::pair<std::string, std::int64_t>> row_counts();
    /// The largest first.
    std::vector<table_size> table_sizes();
    /// Looks at every row.
    std::vector<pipeline_size> pipeline_sizes();

  private:
    db::transaction &tx_;
};

/// Writes down, in a transaction of its own, which cluster and timeline the database is in; unless `again`, only when
/// it was never done. Where the server does not say, or nothing of Smelt is there, it stays as it is.
void remember_cluster(db::connection &c, bool again);

} // namespace smelt::store
