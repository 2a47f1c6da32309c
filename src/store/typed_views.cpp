#include "smelt/store/typed_views.hpp"

#include "sql/records.hpp"
#include "sql/typed_views.hpp"
#include "statements.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/db/sql_name.hpp"
#include "smelt/store/catalog.hpp"

#include <algorithm>
#include <set>

namespace smelt::store {
namespace {

/// PostgreSQL cuts longer names silently, which would make two columns one.
constexpr std::size_t longest_name = 63;

std::string view_name(const std::string &pipeline, const std::string &task) {
    return pipeline + "_" + task;
}

/// No cast in here can fail: a number is only cast where jsonb says that it is one.
std::string column_sql(const extraction::output_column &column) {
    const auto value = "x.output -> " + db::quoted_text(column.name);
    const auto as_text = "x.output ->> " + db::quoted_text(column.name);
    using kind = extraction::output_column::kind;
    switch (column.type) {
    case kind::text:
        return as_text;
    case kind::number:
        return "CASE WHEN jsonb_typeof(" + value + ") = 'number' THEN (" + as_text + ")::numeric END";
    case kind::boolean:
        return "CASE WHEN jsonb_typeof(" + value + ") = 'boolean' THEN (" + as_text + ")::boolean END";
    case kind::whole:
        return "x.output";
    case kind::whole_text:
        return "x.output #>> '{}'";
    case kind::whole_number:
        return "CASE WHEN jsonb_typeof(x.output) = 'number' THEN (x.output #>> '{}')::numeric END";
    case kind::json:
        break;
    }
    return value;
}

std::string select_sql(const view_subject &subject, const std::vector<extraction::output_column> &columns) {
    std::set<std::string> taken;
    for (const auto &column : columns)
        taken.insert(column.name);
    const auto own = [&](const char *name) {
        return std::string{"x."} + name + " AS " + db::quoted_name(own_column(name, taken));
    };
    std::string out = "SELECT " + own("key");
    for (const auto &column : columns)
        out += ",\n       " + column_sql(column) + " AS " + db::quoted_name(column.name);
    for (const auto *name : {"score", "needs_review", "warnings", "superseded", "batch_id", "extracted_at"})
        out += ",\n       " + own(name);
    if (subject.with_key_number) // at the end, where it may be added to a view that others depend on
        out += ",\n       CASE WHEN x.key ~ '^-?[0-9]{1,18}$' THEN x.key::bigint END AS " +
               db::quoted_name(own_column("key_number", taken));
    return out +
           "\n  FROM smelt.results AS x\n WHERE x.pipeline_id = " + std::to_string(subject.pipeline_number.value) +
           " AND x.task_id = " + std::to_string(subject.task_number.value);
}

bool exists(db::transaction &tx, const std::string &name) {
    return tx.exec_one("SELECT to_regclass($1) IS NOT NULL", name)[0].as<bool>();
}

/// What a new definition is to replace: REPLACE keeps dependent views, but cannot rename, drop or retype a column.
enum class how { replace, drop_and_create };

constexpr const char *invalid_table_definition = "42P16";
constexpr const char *dependent_objects = "2BP01";

/// PostgreSQL's message with its detail, which names dependent objects, and without its hint, which says CASCADE.
std::string sentence_of(const pqxx::sql_error &e) {
    std::string text = e.what();
    text.erase(std::min(text.find("\nHINT:"), text.size()));
    text.erase(text.find_last_not_of('\n') + 1);
    std::ranges::replace(text, '\n', ' ');
    return text;
}

} // namespace

std::string own_column(std::string name, const std::set<std::string> &taken) {
    while (taken.contains(name))
        name.insert(0, "smelt_");
    return name;
}

std::string qualified_view_name(const std::string &pipeline, const std::string &task) {
    return "smelt_out." + db::quoted_name(view_name(pipeline, task));
}

void check_view(const std::string &pipeline, const std::string &task,
                const std::vector<extraction::output_column> &columns) {
    if (view_name(pipeline, task).size() > longest_name)
        throw usage_error{"the view smelt_out.\"" + view_name(pipeline, task) +
                              "\" would have a name of more than 63 bytes",
                          "use a shorter pipeline or task name"};
    for (const auto &column : columns)
        if (column.name.empty() || column.name.size() > longest_name)
            throw usage_error{"task " + task + ": the output property \"" + column.name +
                                  "\" cannot name a column of smelt_out.\"" + view_name(pipeline, task) + "\"",
                              "property names must have 1 to 63 bytes"};
}

void check_view_is_free(db::transaction &tx, pipeline_id p, const std::string &pipeline, const std::string &task) {
    tx.exec(sql::view_lock); // of two at once, one sees the other
    const auto others = tx.exec(sql::task_of_view, p.value, view_name(pipeline, task));
    if (!others.empty())
        throw usage_error{"task " + task + " of pipeline " + pipeline + " and task " + text(others[0]["task"]) +
                              " of pipeline " + text(others[0]["pipeline"]) + " would share the view " +
                              qualified_view_name(pipeline, task),
                          "rename one of them; the other one was here first"};
}

namespace {

/// Nobody has more versions of a view that something depends on.
constexpr int most_versions = 99;

std::string versioned_name(const view_subject &subject, int version) {
    const auto name = view_name(subject.pipeline, subject.task);
    const auto suffix = version == 1 ? std::string{} : "_v" + std::to_string(version);
    return "smelt_out." + db::quoted_name(name.substr(0, longest_name - suffix.size()) + suffix);
}

struct typed_view {
    view_subject subject;
    std::string select;

    [[nodiscard]] std::string hash_of(int version) const {
        return sha256_hex(versioned_name(subject, version) + select);
    }

    /// Whether another view reads it.
    static bool is_depended_on(db::transaction &tx, const std::string &name) {
        return tx.exec_one(sql::view_dependents, name)[0].as<bool>();
    }

    /// The version that is as wanted already; 0: none, or the first one may be made anew.
    int current(db::connection &c) const {
        db::transaction tx{c, {.read_only = true}};
        const auto tasks = catalog{tx}.tasks(subject.pipeline_number);
        const auto row = std::ranges::find(tasks, subject.task_number, &task_row::id);
        if (row == tasks.end())
            return 0;
        for (int version = 1; version <= most_versions && exists(tx, versioned_name(subject, version)); ++version)
            if (row->view_hash == hash_of(version))
                return version == 1 || is_depended_on(tx, versioned_name(subject, 1)) ? version : 0;
        return 0;
    }

    /// In a transaction of its own: a statement that failed has ended the one before.
    void rebuild(db::connection &c, how way, int version) const {
        db::transaction tx{c, {.read_only = false, .durable = false, .bounds = {.lock = std::chrono::seconds{2}}}};
        if (!tx.exec_one(sql::load_lock, subject.pipeline_number.value)[0].as<bool>())
            return;
        const auto name = versioned_name(subject, version);
        if (way == how::drop_and_create)
            tx.exec("DROP VIEW IF EXISTS " + name);
        tx.exec("CREATE OR REPLACE VIEW " + name + " AS\n" + select);
        catalog{tx}.set_view_hash(subject.task_number, hash_of(version));
        for (int later = version + 1; exists(tx, versioned_name(subject, later)); ++later)
            if (!is_depended_on(tx, versioned_name(subject, later)))
                tx.exec("DROP VIEW " + versioned_name(subject, later));
        tx.commit();
    }
};

/// PostgreSQL's words on what depends on the view and wants its old columns; empty: it was made.
std::string try_rebuild(db::connection &c, const typed_view &view, int version) {
    try {
        view.rebuild(c, how::replace, version);
        return {};
    } catch (const pqxx::sql_error &e) {
        if (e.sqlstate() != invalid_table_definition)
            throw;
    }
    try {
        view.rebuild(c, how::drop_and_create, version);
        return {};
    } catch (const pqxx::sql_error &e) {
        if (e.sqlstate() != dependent_objects)
            throw;
        return sentence_of(e);
    }
}

} // namespace

void drop_views(db::transaction &tx, const std::string &pipeline, const std::string &task) {
    for (int version = 1; version <= most_versions; ++version) {
        const auto name = versioned_name({pipeline, task, {}, {}, false}, version);
        if (!exists(tx, name))
            return;
        if (!typed_view::is_depended_on(tx, name))
            tx.exec("DROP VIEW " + name);
    }
}

std::string rebuild_view(db::connection &c, const view_subject &subject,
                         const std::vector<extraction::output_column> &columns) {
    const typed_view view{subject, select_sql(subject, columns)};
    if (view.current(c) > 0)
        return {};
    const auto keeps = "the view " + versioned_name(subject, 1) + " keeps its old columns: ";
    std::string reason; // of the first one
    try {
        for (int version = 1; version <= most_versions; ++version) {
            const auto in_the_way = try_rebuild(c, view, version);
            if (in_the_way.empty())
                return version == 1 ? std::string{}
                                    : keeps + reason + "; the new ones are in " + versioned_name(subject, version);
            if (version == 1)
                reason = in_the_way;
        }
    } catch (const pqxx::sql_error &e) {
        return keeps + sentence_of(e) + "; run again";
    }
    return keeps + "there are too many versions of it; drop some";
}

} // namespace smelt::store
