#include "steps.hpp"

#include "smelt/core/error.hpp"
#include "smelt/core/failpoint.hpp"
#include "smelt/core/hash.hpp"
#include "smelt/core/log.hpp"
#include "smelt/core/text.hpp"
#include "smelt/source/reader.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/records.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smelt::orchestrator {
namespace {

constexpr std::size_t prefilter_rows = 2000;

std::set<std::string> content_fields(const registered_pipeline &p) {
    if (!p.config->source.content.empty())
        return {p.config->source.content.begin(), p.config->source.content.end()};
    std::set<std::string> names;
    for (const auto &task : p.tasks)
        for (const auto &field : task.ready->task.fields()) {
            // A dotted name reaches into its first part; an answer of a needed task is not a field of the record.
            const auto top = field.substr(0, field.find('.'));
            if (p.config->task(top) == nullptr)
                names.insert(top);
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

/// Rows on their way into the staging table, knocked out by the prefilters a few thousand at a time.
class stager {
  public:
    stager(store::records &records, db::connection &rules, const config::pipeline &p) : rules_{rules} {
        for (const auto &filter : p.prefilters)
            expressions_.push_back({filter.name, filter.skip_if, false});
        writer_ = records.writer();
    }

    void add(source::row row, std::int32_t file, const std::string &place) {
        waiting_.push_back(
            {std::move(row.key), std::move(row.fields), std::move(row.content_hash), file, row.line, std::nullopt});
        place_ = place;
        ++rows_;
        if (expressions_.empty() || waiting_.size() >= prefilter_rows)
            flush();
    }

    void flush() {
        if (!expressions_.empty())
            knock_out();
        for (const auto &row : waiting_)
            store::records::write(*writer_, row);
        waiting_.clear();
    }

    void finish() {
        flush();
        writer_->complete();
        writer_.reset();
    }

    [[nodiscard]] std::int64_t rows() const { return rows_; }

  private:
    void knock_out() {
        std::vector<std::string> fields;
        for (const auto &row : waiting_)
            fields.push_back(row.fields);
        const auto found = store::evaluate_fields(rules_, expressions_, fields);
        for (std::size_t i = 0; i < waiting_.size(); ++i)
            for (std::size_t e = 0; e < expressions_.size(); ++e)
                apply(waiting_[i], expressions_[e], found[i][e]);
    }

    void apply(store::incoming_row &row, const store::expression &filter, const store::evaluation &found) const {
        if (!found.error.empty())
            throw file_error{place_, static_cast<int>(row.line),
                             "prefilter " + filter.name + " cannot be evaluated for key " + row.key + ": " +
                                 found.error,
                             "guard the expression, for example with a CASE; nothing of this load was kept"};
        if (found.holds && !row.skip)
            row.skip = filter.name;
    }

    db::connection &rules_;
    std::vector<store::expression> expressions_;
    std::unique_ptr<db::copy_writer> writer_;
    std::vector<store::incoming_row> waiting_;
    std::string place_;
    std::int64_t rows_ = 0;
};

struct load_plan {
    std::vector<std::pair<source::input_file, std::int32_t>> read; ///< with the source_file id, once it is known
    std::vector<std::int32_t> unread;
    bool everything = false; ///< the content fields or the prefilters changed
    std::vector<std::string> fields;
    bool same_fields = true;
    std::string filters;
};

std::vector<source::input_file> input_files(const config::pipeline &p, const std::vector<std::string> &files) {
    if (files.empty())
        return source::list_files(p.source, p.folder);
    auto spec = p.source;
    spec.patterns = files;
    return source::list_files(spec, std::filesystem::current_path());
}

load_plan make_plan(db::transaction &tx, const registered_pipeline &p, const std::vector<std::string> &files) {
    load_plan plan;
    const auto row = store::catalog{tx}.find_pipeline(p.config->name);
    const auto fields = content_fields(p);
    plan.fields.assign(fields.begin(), fields.end());
    plan.filters = prefilter_hash(*p.config);
    plan.same_fields = row && row->content_fields == plan.fields;
    plan.everything = !plan.same_fields || row->prefilter_hash != plan.filters;
    if (p.config->source.kind == config::source_kind::sql)
        return plan;
    const auto known = store::records{tx}.known_files(p.id);
    std::set<std::int32_t> reading;
    for (auto &file : input_files(*p.config, files)) {
        const auto before = known.find(file.path.string());
        const bool unchanged =
            before != known.end() && before->second.size == file.size && before->second.mtime_ns == file.mtime_ns;
        if (unchanged && !plan.everything)
            continue;
        const auto file_id = before == known.end() ? 0 : before->second.id;
        reading.insert(file_id);
        plan.read.emplace_back(std::move(file), file_id);
    }
    for (const auto &[path, file] : known)
        if (!reading.contains(file.id))
            plan.unread.push_back(file.id);
    return plan;
}

void stage_files(store::records &records, db::connection &rules, const registered_pipeline &p, load_plan &plan,
                 context &ctx) {
    for (auto &[file, file_id] : plan.read)
        file_id = records.upsert_file(p.id, file.path.string(), file.size, file.mtime_ns);
    records.begin_staging();
    stager staging{records, rules, *p.config};
    const std::set<std::string> fields{plan.fields.begin(), plan.fields.end()};
    std::vector<std::pair<std::int32_t, std::int64_t>> counts;
    for (const auto &[file, file_id] : plan.read) {
        const auto before = staging.rows();
        const auto reader = source::open_reader(p.config->source, file, fields);
        source::row row;
        while (reader->next(row)) {
            staging.add(std::move(row), file_id, file.path.string());
            row = {};
            if (staging.rows() % 10'000 == 0)
                ctx.report({"load", p.config->name, staging.rows(), 0, file.path.string()});
        }
        staging.flush();
        counts.emplace_back(file_id, staging.rows() - before);
    }
    staging.finish();
    for (const auto &[file_id, rows] : counts)
        records.set_file_records(file_id, rows);
}

void stage_query(store::records &records, db::connection &rules, const registered_pipeline &p, const load_plan &plan,
                 context &ctx) {
    records.begin_staging();
    stager staging{records, rules, *p.config};
    const std::set<std::string> fields{plan.fields.begin(), plan.fields.end()};
    db::connection reader{ctx.conninfo, "smelt load query"};
    const db::pool::guest stoppable{ctx.db, reader};
    db::transaction tx{reader, {.read_only = true, .durable = false, .bounds = {}}};
    std::int64_t line = 0;
    const auto file = p.config->file.string();
    const auto add = [&](const pqxx::result &rows) {
        for (const auto &row : rows)
            staging.add(
                source::row_from_object({row[0].c_str(), row[0].size()}, p.config->source.key, fields, file, ++line), 0,
                file);
        return true;
    };
    try {
        db::for_each_piece(tx, "SELECT to_jsonb(q)::text FROM (" + p.config->source.query + "\n) AS q", 2000, add);
    } catch (const pqxx::sql_error &e) {
        const std::string message = e.what();
        throw file_error{file, 0, "source.sql: PostgreSQL does not accept it: " + message.substr(0, message.find('\n')),
                         "it is one SELECT without a semicolon at its end; try it with smelt db psql"};
    }
    staging.finish();
}

/// A load that would put back many finished items is more often a broken file than a wish.
void guard(const store::records::impact &impact, bool accept_changes) {
    const auto allowed = std::max<std::int64_t>(100, impact.extracted / 20);
    if (accept_changes || impact.requeued <= allowed)
        return;
    throw usage_error{fmt::format("this load would send {} of {} extracted items again; nothing was loaded",
                                  group_digits(impact.requeued), group_digits(impact.extracted)),
                      "look at what changed in the source; if it is meant, repeat with --accept-changes"};
}

store::load_counts merge(store::records &records, const registered_pipeline &p, const load_plan &plan,
                         bool accept_changes) {
    records.end_staging();
    if (const auto twice = records.find_duplicate(p.id, plan.unread))
        throw usage_error{"the key " + twice->key + " stands twice in the source: " + twice->first + " and " +
                              twice->second + "; nothing was loaded",
                          "keys name records for good, so each may stand once in all files of the source together"};
    records.mark_changes(p.id, plan.same_fields, plan.fields);
    guard(records.measure(p.id), accept_changes);
    return records.merge(p.id);
}

// Pauses between looks at whether another run still loads.
constexpr milliseconds first_wait{50};
constexpr milliseconds longest_wait{1000};

} // namespace

awaitable<bool> load_records(context &ctx, registered_pipeline &p, const std::vector<std::string> &files,
                             bool accept_changes, milliseconds patience) {
    ctx.report({"load", p.config->name, 0, 0, {}});
    bool locked_out = false;
    auto work = [&](db::connection &c) {
        store::load_counts counts;
        locked_out = false;
        db::transaction tx{c, {.read_only = false, .durable = true, .bounds = {.statement = {}}}};
        auto plan = make_plan(tx, p, files);
        const bool is_query = p.config->source.kind == config::source_kind::sql;
        if (plan.read.empty() && !is_query)
            return counts;
        store::records records{tx};
        if (!records.try_lock(p.id)) {
            locked_out = true;
            return counts;
        }
        db::connection rules{ctx.conninfo, "smelt load rules"};
        const db::pool::guest stoppable{ctx.db, rules};
        if (is_query)
            stage_query(records, rules, p, plan, ctx);
        else
            stage_files(records, rules, p, plan, ctx);
        failpoint("load.after_copy");
        counts = merge(records, p, plan, accept_changes);
        store::catalog{tx}.set_loaded(p.id, plan.fields, plan.filters);
        if (counts.added >= 10'000)
            records.analyze();
        failpoint("load.before_commit");
        tx.commit();
        failpoint("load.after_commit");
        return counts;
    };
    auto counts = co_await ctx.db.run(work);
    const auto until = std::chrono::steady_clock::now() + patience;
    for (auto wait = first_wait; locked_out && std::chrono::steady_clock::now() < until;
         wait = std::min(wait * 2, longest_wait)) {
        if (wait == first_wait)
            log::info("{}: another run is loading; waiting for it", p.config->name);
        co_await pause(ctx, wait);
        counts = co_await ctx.db.run(work);
    }
    ctx.summary.records_added += counts.added;
    ctx.summary.records_changed += counts.changed;
    if (counts.read > 0)
        log::info("{}: {} rows read, {} new, {} changed", p.config->name, counts.read, counts.added, counts.changed);
    co_return !locked_out;
}

} // namespace smelt::orchestrator
