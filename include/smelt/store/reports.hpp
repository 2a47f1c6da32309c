#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::store {

/// A time as both kinds of reader want it.
struct moment {
    std::string iso;        ///< UTC, "2026-01-31T12:00:00Z"
    double seconds_ago = 0; ///< by the database's clock
};

/// One task of smelt.status, with how fast its last batches were answered.
struct task_report {
    std::string pipeline, task;
    std::int64_t total = 0, waiting = 0, pending = 0, submitted = 0, extracted = 0, retrying = 0, failed_validation = 0,
                 failed = 0, skipped = 0;
    std::int64_t open_batches = 0;
    std::int64_t open_requests = 0; ///< sent in unfinished batches
    std::int64_t answered = 0;      ///< of these, what the provider says is done
    std::optional<double>
        requests_per_second;   ///< over the batches closed in the last day, at most 20; empty when there are none
    double due_in_seconds = 0; ///< until the last of what waits may be sent, when all of it waits for a back-off
    std::optional<double> mean_score; ///< of the current results
    std::int64_t input_tokens = 0, output_tokens = 0;
    std::optional<std::string> cost_usd; ///< decimal; empty when no price is known
    std::int64_t unpriced_batches = 0;
    std::int64_t copies = 0;       ///< records of the pipeline that equal others, which are asked in their place
    std::int64_t stuck_writes = 0; ///< events that could not be written into the user's tables
    std::int64_t to_review = 0;    ///< doubtful answers that wait for a person
    std::int64_t reviewed = 0;     ///< answers that a person has judged
    std::int64_t overtaken = 0;    ///< of these, such as stay although what they were made from has changed
    /// The score below which answers are doubtful, 0 where the task says none; nothing: no person has judged any.
    std::optional<double> review_below;
    std::int64_t judged_above = 0; ///< answers of models from there on that a person has looked at
    std::int64_t good_above = 0;   ///< of these, accepted as they were
    bool is_counted_there = true;  ///< every open batch with requests has counts of its provider
    std::string source_problem;    ///< why the lists of its web service are incomplete; empty: they are not
    std::string hold;              ///< why nothing is submitted; empty: nothing holds it
    std::string over_budget;       ///< which budgets are used up while something is pending; empty: none
    bool active = true;            ///< still in the pipeline file
};

struct batch_report {
    std::int32_t id = 0;
    std::string pipeline, task, state, remote_status, remote_id, nonce, model, name;
    std::int64_t claimed = 0, sent = 0, accepted = 0, rejected = 0, errored = 0, expired = 0, cancelled = 0,
                 missing = 0, not_run = 0, waiting = 0;
    std::optional<std::int64_t> remote_total, remote_completed, remote_failed;
    std::optional<moment> created, submitted, last_checked, ended, closed, cancel_requested;
    std::int64_t orphaned = 0, rung = 0;
    std::int64_t input_tokens = 0, cached_tokens = 0, output_tokens = 0, reasoning_tokens = 0;
    std::optional<std::string> cost_usd;     ///< as far as it is known
    std::int64_t unpriced = 0;               ///< requests whose cost is not
    std::optional<std::string> reserved_usd; ///< the most that it may cost; empty: not known
    std::string provider, base_url, version, error;
};

/// A budget and what is used of it; amounts of USD as decimal text.
struct budget_report {
    std::string of; ///< the pipeline, or "openai at https://…"
    std::string per, limit_usd, spent_usd, reserved_usd, left_usd;
    std::string said_by; ///< pipelines whose files name it, the smallest amount first
    bool is_used_up = false;
    bool is_too_small = false; ///< for a single request
    bool differs = false;      ///< pipeline files say it differently; the smallest limit holds
    bool is_of_account = false;
};

/// One item that ended without a result.
struct failure_report {
    std::string task, key, status, cause, message, findings; ///< findings: JSON text, may be empty
    std::int64_t attempts = 0, deliveries = 0;
    std::optional<std::int32_t> batch;
    std::optional<moment> at;
    std::string source_file;
    std::int64_t source_line = 0;
    std::string answer;     ///< the last answer's text, when it was kept
    std::int64_t items = 1; ///< that ended so: all of the cause when this is its example
};

/// One request and what came of it.
struct answer_report {
    std::string task, key, outcome, cause, message, findings; ///< findings: JSON text, may be empty
    std::string model, answer;                                ///< answer: as given, or what was stored of it
    std::optional<double> score;
    std::int32_t batch = 0;
    std::optional<moment> at;
    std::int32_t version = 0;         ///< of the task; version_definition() has it
    std::string fields;               ///< of the record as it is now, with the answer of a needed task
    std::string made_by = "provider"; ///< the kind of its batch
    bool record_changed = false;      ///< since the request was made
};
struct answer_filter {
    bool rejected = false;      ///< only what was not accepted
    std::string cause{}, key{}; ///< empty: any
    std::int64_t limit = 0;
};

/// One record and how it stands in each task.
struct record_report {
    struct item {
        std::string task, status, skip_reason, waits_for;
        std::int64_t attempts = 0, deliveries = 0;
        bool stale = false, superseded = false;
        std::optional<std::int32_t> accepted_batch;
    };
    std::string fields;   ///< JSON
    std::string filter;   ///< that has removed it; empty: none
    std::string evidence; ///< of the rule pack, JSON; empty: none
    std::string copy_of;  ///< the key of the record that is asked in its place; empty: none
    std::string source_file;
    std::int64_t source_line = 0;
    std::optional<moment> changed;
    std::vector<item> items; ///< in the order of the tasks
    struct review {
        std::string task, verdict, reviewer, reason;
        std::int32_t batch = 0; ///< of the answer that was judged
        std::optional<moment> at;
        bool is_undone = false;
    };
    std::vector<review> reviews; ///< oldest first
};

/// What a rule pack has found in the records of a pipeline.
struct pack_report {
    struct family {
        std::string name;
        std::int64_t records = 0; ///< in which it was found
        std::int64_t lifted = 0;  ///< of these, where an exception counts
        std::int64_t decided = 0; ///< of these, which it has skipped or answered
        std::int64_t hits = 0;    ///< matches of its patterns
    };
    std::int64_t records = 0;          ///< that were looked at
    std::int64_t without_evidence = 0; ///< that were not
    std::int64_t incomplete = 0;       ///< that wait for their source
    std::vector<family> families;
};

/// One record of an export with its item of each task. JSON is PostgreSQL's own text, so numbers keep their digits.
struct export_item {
    std::string status;
    std::string reason;                                   ///< why it has no answer, or waits for another; may be empty
    std::string output, score, warnings, model, cost_usd; ///< warnings: for people
    std::string line; ///< in which it came, as the provider wrote it, where it was kept
    std::string remote_id, extracted_at, version, raw; ///< raw: the answer's own text, where it was kept
    bool is_answered = false, needs_review = false, superseded = false;
    std::int64_t input_tokens = 0, cached_tokens = 0, output_tokens = 0, reasoning_tokens = 0;
    std::int32_t batch = 0;
};
struct export_record {
    record_id id;
    std::string key, fields, source_file;
    std::int64_t source_line = 0;
    std::vector<export_item> items; ///< by task, in the order asked for
};

/// Named read-only questions. Nothing in here counts items except failures(), the export and the deep checks.
class reports {
  public:
    explicit reports(db::transaction &tx) : tx_{tx} {}

    /// Empty name: every pipeline.
    std::vector<task_report> status(const std::string &pipeline);
    /// "2026-11-30 17:05", UTC.
    std::string now();
    /// The pipeline's own and those of the accounts that its file names. Empty name: all.
    std::vector<budget_report> budgets(const std::string &pipeline);
    /// Oldest first. open_only: those that are not closed or abandoned.
    std::vector<batch_report> batches(const std::string &pipeline, bool open_only);
    std::optional<batch_report> batch(batch_id b);
    /// Numbers of the batches that their provider calls so.
    std::vector<std::int64_t> batches_called(const std::string &remote_id);
    std::vector<failure_report> failures(pipeline_id p, std::int64_t limit);
    /// One example of each cause, the most frequent first in each task.
    std::vector<failure_report> failure_causes(pipeline_id p);
    /// Newest first.
    std::vector<answer_report> answers(pipeline_id p, const answer_filter &wanted);

    std::vector<std::string> pipeline_names();
    /// Nothing: no record has the key.
    std::optional<record_report> record(pipeline_id p, const std::string &key);
    pack_report rule_pack(pipeline_id p);
    /// Of these keys, those that no record of the pipeline has.
    std::vector<std::string> absent_keys(pipeline_id p, const std::vector<std::string> &keys);
    /// Of a batch that exists: its pipeline's name and its state in words.
    struct batch_place {
        std::int32_t batch = 0;
        std::string pipeline, state;
    };
    std::optional<batch_place> place_of(batch_id b);

    /// Ids of the pipeline's records after `after`, in their order, at most `most`: with all_records also those that
    /// have no answer of any of the tasks.
    std::vector<std::int64_t> records_to_export(pipeline_id p, const std::vector<std::int32_t> &tasks, bool all_records,
                                                std::int64_t after, int most);
    /// Those of the keys, in the order of loading; the rest as above.
    std::vector<std::int64_t> records_to_export(pipeline_id p, const std::vector<std::int32_t> &tasks, bool all_records,
                                                const std::vector<std::string> &keys);
    /// Whether the key of a record is the value of one of these fields, as far as a few records show.
    bool has_key_field(pipeline_id p, const std::vector<std::string> &fields);
    /// These records, in the order of loading. with_raw: also the answers' own texts and lines.
    std::vector<export_record> export_page(pipeline_id p, const std::vector<std::int32_t> &tasks,
                                           const std::vector<std::int64_t> &records, bool with_raw = false);

  private:
    db::transaction &tx_;
};

} // namespace smelt::store
