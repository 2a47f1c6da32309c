#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/domain/status.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smelt::store {

/// Which answers are to be judged: by default doubtful ones. Never such as a person has judged, or looks at just now.
struct review_choice {
    std::vector<std::int32_t> tasks;
    std::optional<double> below;                  ///< instead: all with a lower score
    bool any_score = false;                       ///< instead: a random choice of all
    std::optional<std::vector<std::string>> keys; ///< only of these records
};

struct review_candidate {
    task_id task;
    record_id record;
    batch_id batch; ///< of the answer
    double score = 0;
};

/// An answer as a person sees it. JSON is PostgreSQL's own text.
struct shown_answer {
    record_id record;
    batch_id batch;
    version_id version;
    std::string task, key, model, applied_at;
    std::string fields, output;
    std::string tasks;    ///< the answers that its request was rendered from, by task; empty: none
    std::string findings; ///< array; empty: none
    std::string earlier;  ///< what was said of former answers, for people; empty: nothing
    double score = 0;
    bool is_doubtful = false;
};

/// Who judges: a name, and what tells one `smelt review` from another of the same person.
struct reviewer_identity {
    std::string name, token;
};

/// What a person says of one answer.
struct verdict {
    record_id record;
    batch_id batch; ///< of the answer that was judged
    std::string reason;
    std::optional<double> seconds; ///< that it took
    /// Of an edit: the answer in its place.
    std::string output, findings;
    double score = 0;
};

/// The reviews of one pipeline. A verdict, what it does to its item and to items that depend on it are one transaction.
class reviews {
  public:
    reviews(db::transaction &tx, pipeline_id p) : tx_{tx}, pipeline_{p} {}

    /// For a reviewer_identity.
    std::string new_token();
    std::int64_t count(const review_choice &choice, const std::string &token);
    std::vector<review_candidate> candidates(const review_choice &choice, const std::string &token, std::int64_t most);
    /// False: somebody else has it, or there is nothing to judge any more.
    bool lease(const review_candidate &one, const reviewer_identity &who, std::chrono::seconds length);
    void end_lease(task_id t, record_id r, const std::string &token);
    void end_leases(const std::string &token);
    /// Answers that somebody else looks at just now.
    std::int64_t leased(const std::string &token);
    std::vector<shown_answer> show(task_id t, const std::vector<std::int64_t> &records);

    struct place {
        task_id task;
        std::string key;
        batch_id batch;
    };
    struct standing {
        std::optional<record_id> record; ///< nothing: there is no such record
        bool stands = false;             ///< that is the answer which counts
        version_id version;              ///< of the answer
        std::string verdict;             ///< that it was given already; empty: none
    };
    /// By place.
    std::vector<standing> find(const std::vector<place> &places);

    /// Keeps verdicts of one kind about answers of one task; version: that edits were checked by. Returns the review's
    /// id by verdict; nothing where the answer is another now or was judged meanwhile.
    std::vector<std::optional<std::int64_t>> give(task_id t, version_id version, verdict_kind kind,
                                                  const std::string &reviewer, const std::vector<verdict> &verdicts);
    /// False: something has come of it since, so it stays.
    bool undo(std::int64_t review);

    struct approvable {
        record_id record;
        batch_id batch;
        bool is_doubtful = false;
    };
    /// Answers with at least this score that nobody has judged, of records after this one, in the order of loading.
    std::vector<approvable> approvable_from(task_id t, double least,
                                            const std::optional<std::vector<std::string>> &keys,
                                            std::int64_t after_record, std::int64_t most);

    struct judged_score {
        double score = 0;
        bool is_good = false; ///< accepted as it was
    };
    /// Of answers of models that a person has looked at, the highest first.
    std::vector<judged_score> scores(task_id t);

  private:
    void change_items(task_id t, version_id version, verdict_kind kind, const std::string &reviewer,
                      const std::vector<verdict> &verdicts, std::vector<std::int64_t> &ids);
    std::int32_t edit(task_id t, version_id version, const std::vector<verdict> &verdicts, const std::string &records);
    db::transaction &tx_;
    pipeline_id pipeline_;
};

} // namespace smelt::store
