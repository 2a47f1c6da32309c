#pragma once

#include "smelt/actions/record_choice.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/extraction/compiled_task.hpp"
#include "smelt/orchestrator/answer_judge.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/reviews.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace smelt::actions {

/// Which answers a person wants to judge: doubtful ones (below the task's review_below), unless something else is said.
struct review_request {
    std::string task;                   ///< empty: of all tasks
    std::optional<double> below;        ///< all with a lower score
    std::optional<double> target;       ///< below the score from which on the reviews so far promise this precision
    std::optional<std::int64_t> sample; ///< so many of any score, chosen at random
    std::optional<std::int64_t> limit;  ///< so many
    record_choice records;              ///< only of these
    std::string reviewer;
};

/// What the request means, and whose answers. Throws usage_error for a task that there is not, and where the reviews do
/// not suffice for a target.
struct review_plan {
    store::review_choice choice;
    std::optional<double> threshold; ///< that the target chose
};
review_plan plan_review(db::connection &c, const store::pipeline_row &pipeline, const review_request &request);

/// One person's way through a queue of answers, the lowest score first. Nobody else gets what is shown meanwhile. Every
/// verdict is kept at once, so that the rest can be taken up at any time.
class review_session {
  public:
    /// Throws as plan_review.
    review_session(db::connection &c, const store::pipeline_row &pipeline, const review_request &request);
    ~review_session();
    review_session(const review_session &) = delete;
    review_session &operator=(const review_session &) = delete;

    /// Answers that were to be judged at the beginning.
    [[nodiscard]] std::int64_t total() const { return total_; }
    [[nodiscard]] const review_plan &plan() const { return plan_; }
    [[nodiscard]] std::int64_t given() const { return static_cast<std::int64_t>(given_.size()); }
    /// Of these, such as are asked again.
    [[nodiscard]] std::int64_t rejected() const;

    /// The answer to judge now; nothing: there is none left. The same one until it is judged or passed over.
    const store::shown_answer *current();
    const task_definition &definition() { return judge_.definition(connection_, current_->version); }

    /// Each moves on. False: the answer is another meanwhile, or somebody has judged it, so nothing was kept.
    bool accept(std::optional<double> seconds);
    bool reject(const std::string &reason, bool for_good, std::optional<double> seconds);
    /// Whether an edit may be kept: is_valid().
    orchestrator::judged_answer check(const std::string &text);
    bool edit(const orchestrator::judged_answer &checked, std::optional<double> seconds);
    /// Keeps the answer that is shown for this person; to be called at least once a minute. Does not throw.
    void renew();
    /// How many more answers there would be, which others look at just now.
    std::int64_t with_others();
    /// Later, and not again in this session.
    void pass_over();
    /// Takes the last verdict back and shows its answer again. False: there is none, or something has come of it.
    bool undo();

  private:
    struct given_verdict {
        store::review_candidate place;
        std::int64_t review;
        verdict_kind kind;
    };
    bool give(verdict_kind kind, store::verdict v, std::optional<double> seconds);
    void refill();
    void take(const store::review_candidate &one);
    void leave();

    db::connection &connection_;
    pipeline_id pipeline_;
    store::reviewer_identity who_;
    review_plan plan_;
    std::optional<std::int64_t> limit_;
    std::int64_t total_ = 0;
    std::deque<store::review_candidate> queue_;
    std::vector<store::review_candidate> passed_; ///< shown and not judged, or not to be had
    std::vector<given_verdict> given_;
    std::optional<store::shown_answer> current_;
    std::optional<store::review_candidate> place_; ///< of it
    orchestrator::answer_judge judge_;
};

/// The verdict that puts a valid answer in the place of the one that was judged; not yet which.
store::verdict edit_verdict(const orchestrator::judged_answer &checked);

/// The answer as a person edits it: the text of a bare answer, else JSON.
std::string editable_text(const store::shown_answer &a, const task_definition &definition);

/// smelt approve.
struct approval {
    std::string task;
    double least = 0; ///< score
    record_choice records;
    std::string reviewer;
    bool dry_run = false;
};
struct approved {
    std::int64_t answers = 0;
    std::int64_t doubtful = 0; ///< of these
};
/// Accepts every answer with at least this score that nobody has judged, in steps of 5,000; what was done stays done.
approved approve(db::connection &c, const store::pipeline_row &pipeline, const approval &wish);

} // namespace smelt::actions
