#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/domain/status.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace smelt::store {

/// A row of the user's source, before his statements are run or after.
struct reread_row {
    std::string fields, content_hash;
    std::string again_version;            ///< "COLUMN=VERSION", "COLUMN=" where it does not ask; empty: none does
    std::optional<std::int64_t> row_hash; ///< with source.text_file
};

/// Events that wait to be written into the user's tables (smelt.write_back). What is taken and what the user's
/// statements do with it is one transaction, so each event counts exactly once.
class write_back_queue {
  public:
    explicit write_back_queue(db::transaction &tx) : tx_{tx} {}

    /// events: a sum of write_back_event. Others of the task are dropped.
    void set_events(task_id t, int events);

    /// The relation `rows` of a slice of such events, empty so far. Once per transaction, and ended in it.
    void begin(pipeline_id p, task_id t, write_back_event event);
    void end();
    /// What kind of event is the oldest that may be written now.
    std::optional<write_back_event> next(pipeline_id p, task_id t);
    /// Takes at most so many events of this kind, or of those given, and shows them as `rows`. Returns their ids.
    std::vector<std::int64_t> take(pipeline_id p, task_id t, write_back_event event, std::int64_t most,
                                   const std::optional<std::vector<std::int64_t>> &only);
    /// As role smelt_write_back from here on, where there is one that the caller may be.
    void assume_role();
    /// As the caller again.
    void leave_role();

    /// It stays in the queue, and is tried again after a while.
    void fail(pipeline_id p, task_id t, std::int64_t event_id, const std::string &error);
    /// What could not be written is tried again now.
    void retry(pipeline_id p);
    /// An event for each item that needs nothing more; since: with an attempt from then on. Returns how many.
    std::int64_t add_all(pipeline_id p, task_id t, const std::optional<std::string> &since);

    struct count {
        write_back_event event{};
        std::int64_t waiting = 0;
        std::int64_t stuck = 0; ///< of these, such as could not be written
    };
    std::vector<count> counts(pipeline_id p, task_id t);
    struct outlook {
        bool is_due = false; ///< something may be written now
        std::int64_t stuck = 0;
    };
    outlook look_ahead(pipeline_id p);
    struct stuck_event {
        std::string task, key, error;
    };
    std::optional<stuck_event> first_stuck(pipeline_id p);

    /// What the statements have changed in the source counts as loaded, where the row was before them what was loaded.
    /// Rows by key. Returns the content fields that are others now.
    std::vector<std::string> mark_seen(pipeline_id p, const std::map<std::string, reread_row> &before,
                                       const std::map<std::string, reread_row> &after,
                                       const std::vector<std::string> &content_fields);

  private:
    db::transaction &tx_;
};

} // namespace smelt::store
