#include "write_back.hpp"

#include "orchestrator/load/load_plan.hpp"
#include "source_rows.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"
#include "smelt/db/sql_problem.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/store/records.hpp"
#include "smelt/store/write_back.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <exception>
#include <map>
#include <set>

namespace smelt::orchestrator {
namespace {

using store::write_back_queue;

constexpr std::int64_t slice_rows = 5'000;
/// A table that somebody has locked delays its rows; it does not make them fail.
constexpr db::limits bounds{.statement = std::chrono::minutes{5}, .lock = std::chrono::seconds{2}};

/// What became of a slice.
enum class ending { written, nothing, later };

/// One task's write-back in one pass.
class task_writer {
  public:
    task_writer(db::connection &c, const registered_pipeline &p, const registered_task &task)
        : connection_{c}, pipeline_{p}, task_{task}, source_{p} {}

    /// False: nothing is left that can be written now.
    bool write_next() {
        const auto event = next_event();
        return event && write(*event, std::nullopt) == ending::written;
    }
    [[nodiscard]] std::int64_t written() const { return written_; }
    /// What a person should know, a sentence each.
    [[nodiscard]] const std::vector<std::string> &notes() const { return notes_; }

  private:
    std::optional<write_back_event> next_event() {
        db::transaction tx{connection_, {.read_only = true}};
        return write_back_queue{tx}.next(pipeline_.id, task_.id);
    }

    /// An error halves the slice until its row stands alone, unless it comes without any row, too.
    ending write(write_back_event event, const std::optional<std::vector<std::int64_t>> &only) {
        std::vector<std::int64_t> ids;
        std::exception_ptr problem;
        std::string error;
        try {
            return try_slice(event, only, ids);
        } catch (const pqxx::transaction_rollback &e) {
            problem = std::current_exception();
            error = db::brief_message(e.what());
        } catch (const pqxx::sql_error &e) {
            problem = std::current_exception();
            error = db::brief_message(e.what());
        }
        if (ids.empty())
            std::rethrow_exception(problem); // nothing of the user's was run yet
        if (!working_.contains(event) && !works_without_rows(event))
            return ending::later;
        working_.insert(event);
        return divide(event, ids, error);
    }

    /// Whether the statements can be run at all now. A table that somebody has locked delays them; what cannot be run
    /// is thrown as usage_error.
    bool works_without_rows(write_back_event event) {
        const auto name = fmt::format("{}: write_back of task {} ({})", pipeline_.config->name,
                                      task_.spec->definition.name, to_string(event));
        try {
            db::transaction tx{connection_, {.read_only = false, .durable = false, .bounds = bounds}};
            write_back_queue{tx}.begin(pipeline_.id, task_.id, event);
            run_statements(tx, event);
            return true;
        } catch (const pqxx::transaction_rollback &e) {
            notes_.push_back(name + " waits: " + db::brief_message(e.what()));
        } catch (const pqxx::sql_error &e) {
            if (!is_passing(e.sqlstate()))
                throw usage_error{name + " cannot be done: " + db::brief_message(e.what()),
                                  "put it right; what waits is written by the next run"};
            notes_.push_back(name + " waits: " + db::brief_message(e.what()));
        }
        return false;
    }

    ending divide(write_back_event event, const std::vector<std::int64_t> &ids, const std::string &error) {
        if (ids.size() == 1) {
            db::transaction tx{connection_};
            write_back_queue{tx}.fail(pipeline_.id, task_.id, ids.front(), error);
            tx.commit();
            return ending::written;
        }
        const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
        for (const auto &half : {std::vector(ids.begin(), middle), std::vector(middle, ids.end())})
            if (write(event, half) == ending::later)
                return ending::later;
        return ending::written;
    }

    ending try_slice(write_back_event event, const std::optional<std::vector<std::int64_t>> &only,
                     std::vector<std::int64_t> &ids) {
        db::transaction tx{connection_, {.read_only = false, .durable = false, .bounds = bounds}};
        const bool is_query = pipeline_.config->source.kind == config::source_kind::sql;
        // A load that has read the rows before would take what is written here for the user's change.
        if (is_query && !store::records{tx}.try_lock(pipeline_.id))
            return ending::later;
        write_back_queue queue{tx};
        queue.begin(pipeline_.id, task_.id, event);
        ids = queue.take(pipeline_.id, task_.id, event, slice_rows, only);
        if (ids.empty())
            return ending::nothing;
        const auto before = is_query ? look(tx) : std::map<std::string, store::reread_row>{};
        run_statements(tx, event);
        if (is_query)
            keep_seen(queue, before, look(tx));
        queue.end();
        failpoint("write_back.before_commit");
        tx.commit();
        failpoint("write_back.after_commit");
        written_ += static_cast<std::int64_t>(ids.size());
        return ending::written;
    }

    void run_statements(db::transaction &tx, write_back_event event) const {
        write_back_queue queue{tx};
        queue.assume_role();
        for (const auto &statement : task_.spec->write_back.at(event))
            tx.exec_alone(statement.sql);
        tx.exec("SET CONSTRAINTS ALL IMMEDIATE"); // a deferred one must blame a row here, not the commit
        queue.leave_role();
    }

    /// The time zone that it is read in does not stay for the user's statements.
    std::map<std::string, store::reread_row> look(db::transaction &tx) {
        const auto zone = tx.exec_one("SELECT current_setting('TimeZone'), current_setting('DateStyle'), "
                                      "current_setting('IntervalStyle')");
        auto rows = source_.read(tx);
        tx.exec("SELECT set_config('TimeZone', $1, true), set_config('DateStyle', $2, true), "
                "set_config('IntervalStyle', $3, "
                "true)",
                db::view(zone[0]), db::view(zone[1]), db::view(zone[2]));
        return rows;
    }

    void keep_seen(write_back_queue &queue, const std::map<std::string, store::reread_row> &before,
                   const std::map<std::string, store::reread_row> &after) {
        const auto content = content_fields(pipeline_);
        for (const auto &field : queue.mark_seen(pipeline_.id, before, after, {content.begin(), content.end()}))
            notes_.push_back(
                fmt::format("{}: write_back changes the field {}, which is part of the content of its records; "
                            "nothing is sent again for it: name the fields that count in source.content",
                            pipeline_.config->name, field));
    }

    /// Locks, time limits, lack of resources: the same may go well later.
    static bool is_passing(const std::string &state) {
        return state == "55P03" || state.starts_with("57") || state.starts_with("53");
    }
    db::connection &connection_;
    const registered_pipeline &pipeline_;
    const registered_task &task_;
    source_rows source_;
    std::int64_t written_ = 0;
    std::set<write_back_event> working_; ///< whose statements were run without rows
    std::vector<std::string> notes_;
};

awaitable<void> write_task(run_pass &pass, const registered_pipeline &p, const registered_task &task) {
    std::int64_t written = 0;
    std::vector<std::string> notes;
    auto work = [&](db::connection &c) {
        task_writer writer{c, p, task};
        bool is_more = true;
        for (int slices = 0; is_more && slices < 20; ++slices)
            is_more = writer.write_next();
        written += writer.written();
        notes.insert(notes.end(), writer.notes().begin(), writer.notes().end());
        return is_more;
    };
    while (co_await pass.run.db.run(work))
        if (pass.run.is_ending())
            break;
    pass.progressed = pass.progressed || written > 0;
    for (auto &note : notes)
        pass.note(std::move(note));
    if (written > 0)
        log::info("{}: {} events of task {} written back", p.config->name, group_digits(written),
                  task.spec->definition.name);
}

awaitable<void> tell_stuck(run_pass &pass, const registered_pipeline &p) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c, {.read_only = true}};
        write_back_queue queue{tx};
        const auto stuck = queue.look_ahead(p.id).stuck;
        return std::pair{stuck, stuck > 0 ? queue.first_stuck(p.id) : std::nullopt};
    };
    const auto [stuck, first] = co_await pass.run.db.run(work);
    if (first)
        pass.note(fmt::format("{}: {} could not be written back, first task {}, key {}: {}; tried again after a while, "
                              "or now with smelt write-back {} --retry",
                              p.config->name, group_digits(stuck) + (stuck == 1 ? " event" : " events"), first->task,
                              first->key, first->error, p.config->name));
}

} // namespace

awaitable<void> write_back(run_pass &pass, const registered_pipeline &p) {
    if (!p.config->writes_back())
        co_return;
    for (const auto &task : p.tasks)
        if (!task.spec->write_back.empty())
            co_await write_task(pass, p, task);
    co_await tell_stuck(pass, p);
}

awaitable<void> write_back(run_pass &pass) {
    for (const auto &p : pass.pipelines)
        co_await isolated(pass, p.config->name + ": write-back", write_back(pass, p));
}

} // namespace smelt::orchestrator
