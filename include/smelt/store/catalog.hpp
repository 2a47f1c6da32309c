#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace smelt::store {

struct pipeline_row {
    pipeline_id id;
    std::string name;
    std::string file; ///< where it was last read from
    std::vector<std::string> content_fields;
    std::string prefilter_hash;
    std::vector<std::string> columns; ///< names of the records' fields, in the order of the source
    std::optional<std::chrono::milliseconds> loaded_ago;
    bool whole_keys = false;   ///< every key of the first load was a whole number
    bool is_forgotten = false; ///< the whole of it (smelt forget --all)
};

struct task_row {
    task_id id;
    std::string name;
    std::vector<std::int32_t> needs; ///< tasks
    std::optional<version_id> current;
    std::optional<std::int64_t> batch_limit;
    bool active = true;
    std::string view_hash;
    std::string condition; ///< its `when`
    bool ruled = false;    ///< a rule pack may answer it
};

struct version_row {
    version_id id;
    bool is_new = false; ///< first seen now
    bool model_override = false;
};

/// Pipelines, tasks, task versions and accounts: what the pipeline files declared.
class catalog {
  public:
    explicit catalog(db::transaction &tx) : tx_{tx} {}

    std::optional<pipeline_row> find_pipeline(const std::string &name);
    /// Of a known pipeline the file stays: a load moves it.
    pipeline_id upsert_pipeline(const std::string &name, const std::string &file);
    /// file: the pipeline's, from which its records are now.
    void set_loaded(pipeline_id p, const std::string &file, const std::vector<std::string> &content_fields,
                    const std::string &prefilter_hash, const std::vector<std::string> &columns,
                    std::optional<bool> whole_keys, bool numbers_equal_rows);

    std::vector<task_row> tasks(pipeline_id p);
    /// needs: tasks that were upserted before.
    task_id upsert_task(pipeline_id p, const std::string &name, const std::vector<std::int32_t> &needs,
                        const std::string &condition, int position, int priority, bool ruled);
    void deactivate_tasks_but(pipeline_id p, const std::vector<std::int32_t> &keep);
    /// Items for records that a task does not know yet: a task that is new in the file. Returns how many.
    std::int64_t create_missing_items(pipeline_id p, task_id t);

    /// parts: what the templates name of needed answers, as smelt.task_version.parts has it.
    version_row upsert_version(pipeline_id p, task_id t, const std::string &hash, const std::string &definition,
                               const std::string &parts, bool model_override);
    std::optional<version_id> find_version(task_id t, const std::string &hash);
    void set_current(task_id t, version_id v);
    std::string definition(version_id v);
    void set_batch_limit(task_id t, std::optional<std::int64_t> limit);
    void set_view_hash(task_id t, const std::string &hash);

    account_id upsert_account(const config::provider_spec &who);
    /// Takes as much of an account's rates as flows in during these times. Not 0: nothing is taken, ask again then.
    std::chrono::milliseconds take_rate(account_id a, double requests_ms, double tokens_ms);
    /// The accounts that the file names, and no others. Returns the fingerprints of the API keys that it used there
    /// last; empty: none yet.
    std::map<account_id, std::string> set_accounts(pipeline_id p, const std::vector<std::int32_t> &accounts);
    /// Whom a task asks, as smelt.task.accounts has it.
    void set_accounts_of(task_id t, const std::vector<std::int32_t> &accounts);
    /// Of the API key that the pipeline uses now.
    void set_key(pipeline_id p, account_id a, const std::string &fingerprint);

    /// Of these field names, those that no record of the pipeline has.
    std::vector<std::string> absent_fields(pipeline_id p, const std::vector<std::string> &names);

  private:
    db::transaction &tx_;
};

} // namespace smelt::store
