#pragma once

#include "smelt/cli/context.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// One struct of arguments per command. describe() makes the command's options, which fill the struct; execute() does
/// the work and returns what the process says to its caller, or throws smelt::error.
namespace smelt::cli {

class option_set;

/// Which records a command means: --key K, --keys FILE with one key a line ("-" is standard input), or --where SQL.
struct key_options {
    std::string key, file, where;
};

struct run_arguments {
    std::vector<std::string> pipelines; ///< files or names; none: ./pipeline.yaml
    std::optional<std::int64_t> max, sample;
    std::string name, task, model;
    bool wait = false, collect_only = false, dry_run = false, accept_changes = false, allow_old_version = false,
         fail_on_failures = false, create_database = false, json = false;
    std::chrono::milliseconds poll{std::chrono::seconds{30}};
    std::chrono::milliseconds timeout{std::chrono::hours{2}};
};
void describe(option_set &command, run_arguments &a);
exit_code execute(const run_arguments &a, context &c);

struct plan_arguments {
    std::string pipeline, task; ///< pipeline: a file or name; empty: ./pipeline.yaml
    bool create_database = false, json = false;
};
void describe(option_set &command, plan_arguments &a);
exit_code execute(const plan_arguments &a, context &c);

struct load_arguments {
    std::string pipeline;
    std::vector<std::string> files;
    bool accept_changes = false, create_database = false, json = false;
};
void describe(option_set &command, load_arguments &a);
exit_code execute(const load_arguments &a, context &c);

struct status_arguments {
    std::string pipeline;
    bool watch = false, json = false;
};
void describe(option_set &command, status_arguments &a);
exit_code execute(const status_arguments &a, context &c);

struct report_arguments {
    std::string pipeline, task, since, fields, html; ///< fields: names with commas between them
    bool json = false;
};
void describe(option_set &command, report_arguments &a);
exit_code execute(const report_arguments &a, context &c);

struct batches_arguments {
    std::string wanted; ///< a pipeline, or a batch
    bool open = false, json = false;
};
void describe(option_set &command, batches_arguments &a);
exit_code execute(const batches_arguments &a, context &c);

struct failures_arguments {
    std::string pipeline;
    std::optional<std::int64_t> limit; ///< items, one by one
    bool all = false, json = false;
};
void describe(option_set &command, failures_arguments &a);
exit_code execute(const failures_arguments &a, context &c);

struct show_arguments {
    std::string pipeline, key;
    bool json = false;
};
void describe(option_set &command, show_arguments &a);
exit_code execute(const show_arguments &a, context &c);

struct rules_arguments {
    std::string pipeline, examples;
    bool json = false;
};
void describe(option_set &command, rules_arguments &a);
exit_code execute(const rules_arguments &a, context &c);

struct answers_arguments {
    std::string pipeline, key, cause;
    std::int64_t limit = 5;
    bool rejected = false, json = false;
};
void describe(option_set &command, answers_arguments &a);
exit_code execute(const answers_arguments &a, context &c);

struct retry_arguments {
    std::string pipeline, task;
    key_options keys;
};
void describe(option_set &command, retry_arguments &a);
exit_code execute(const retry_arguments &a, context &c);

struct write_back_arguments {
    std::string pipeline, since;
    bool retry = false, all = false, dry_run = false, json = false;
};
void describe(option_set &command, write_back_arguments &a);
exit_code execute(const write_back_arguments &a, context &c);

struct review_arguments {
    std::string pipeline, task, reviewer, export_file, import_file;
    std::optional<double> below, target;
    std::optional<std::int64_t> sample, limit;
    key_options keys;
};
void describe(option_set &command, review_arguments &a);
exit_code execute(const review_arguments &a, context &c);

struct approve_arguments {
    std::string pipeline, task, reviewer;
    std::optional<double> least;
    bool dry_run = false;
    key_options keys;
};
void describe(option_set &command, approve_arguments &a);
exit_code execute(const approve_arguments &a, context &c);

struct eval_arguments {
    std::string pipeline, task, gold, tasks, by_key, by_text, fields, part, mismatches;
    bool reviewed = false, json = false;
};
void describe(option_set &command, eval_arguments &a);
exit_code execute(const eval_arguments &a, context &c);

struct redo_arguments {
    std::string pipeline, task;
    bool changed = false, all = false, skipped = false, replace_reviewed = false;
    key_options keys;
};
void describe(option_set &command, redo_arguments &a);
exit_code execute(const redo_arguments &a, context &c);

struct forget_arguments {
    std::string pipeline, task;
    bool all = false, allow_again = false, dry_run = false, yes = false;
    key_options keys;
};
void describe(option_set &command, forget_arguments &a);
exit_code execute(const forget_arguments &a, context &c);

struct cancel_arguments {
    std::vector<std::string> batches; ///< numbers, or the provider's ids
    std::string all;                  ///< a pipeline: all its unfinished batches
    bool yes = false, requeue = false;
};
void describe(option_set &command, cancel_arguments &a);
exit_code execute(const cancel_arguments &a, context &c);

struct resume_arguments {
    std::string pipeline;
};
void describe(option_set &command, resume_arguments &a);
exit_code execute(const resume_arguments &a, context &c);

struct adopt_arguments {
    std::string batch; ///< its number, or the provider's id
    std::string remote_id;
    bool absent = false;
    std::string from_provider; ///< a pipeline: all its jobs that this database does not know
    bool dismiss = false;      ///< of those, what cannot be taken in is let go
};
void describe(option_set &command, adopt_arguments &a);
exit_code execute(const adopt_arguments &a, context &c);

struct export_arguments {
    std::string pipeline, format, output, task, with, columns, by, sql, grouped;
    bool all = false, spreadsheet = false, raw = false;
    key_options keys;
};
void describe(option_set &command, export_arguments &a);
exit_code execute(const export_arguments &a, context &c);

struct migrate_arguments {
    bool create_database = false, status = false, dry_run = false, sql = false;
};
void describe(option_set &command, migrate_arguments &a);
exit_code execute(const migrate_arguments &a, context &c);

struct db_arguments {
    std::string action;                 ///< start, stop, status, psql, ...
    std::vector<std::string> arguments; ///< of psql; a file; the new database
    bool copy = false, yes = false;
};
void describe(option_set &command, db_arguments &a);
exit_code execute(const db_arguments &a, context &c);

struct doctor_arguments {
    std::string pipeline;
    bool deep = false, json = false;
};
void describe(option_set &command, doctor_arguments &a);
exit_code execute(const doctor_arguments &a, context &c);

struct init_arguments {
    std::string folder;
    std::string from; ///< a file of records; empty: the small example
};
/// A valid name made of the folder's own: p_ and some hex digits of a folder whose name has no
/// letter or digit.
std::string pipeline_name_for(const std::filesystem::path &folder);
void describe(option_set &command, init_arguments &a);
exit_code execute(const init_arguments &a, context &c);

} // namespace smelt::cli
