#pragma once

#include "coroutines.hpp"
#include "pipelines.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace smelt::orchestrator {

/// One pass over the pipelines of an invocation: what it has seen and said so far. Each pass begins with an object of
/// its own, so that nothing of the one before holds it up.
class run_pass {
  public:
    /// What registers the pipelines; commands that do one thing have no other.
    run_pass(invocation &r, class pipelines &p);
    /// What registering the pipelines found wrong is wrong still, and what `before` has said is in the log already.
    run_pass(const run_pass &registering, const run_pass &before);

    invocation &run;
    class pipelines &pipelines;

    bool progressed = false;                ///< something moved; a failed upload has moved nothing
    bool load_is_due = false;               ///< another run was loading, so this pass has not
    bool is_needing_person = false;         ///< something stands still until a person has done what a note says
    std::set<std::int32_t> stuck;           ///< batches that wait for a person
    std::set<std::int32_t> paused_accounts; ///< nothing more is submitted there
    std::map<std::int32_t, std::chrono::milliseconds> unreachable_for; ///< accounts where nothing could be sent
    std::set<std::int32_t> said_budgets;                               ///< that a note says are used up
    std::set<std::string> new_holds;                      ///< reasons of those placed: whoever places one says it
    std::set<std::int32_t> accounts_of_unrecognised_jobs; ///< a person has to say what becomes of the jobs
    /// Whose listing was compared with the database: an account, and the key that it was shown to.
    std::set<std::pair<std::int32_t, std::string>> compared;
    std::exception_ptr first_problem; ///< the worst; of several alike the first

    /// What is so now: the summary has it only if it is so in the last pass.
    void note(std::string sentence);
    /// What has happened, and will not be seen again: the summary has it whatever the later passes find.
    void event(std::string sentence);
    [[nodiscard]] const std::vector<std::string> &notes() const { return notes_; }
    /// Keeps the worst problem, which is said once: by the command when it ends with it, else in the log. Others are
    /// logged.
    void problem(const std::exception_ptr &e, const std::string &place);
    /// Says in the log what the run goes on after.
    void say_problem() const;
    /// A pass in which the time ran out has not tried what failed in the one before.
    void keep_problem_of_before();
    /// All was tried again.
    void forget_problem_of_before() { problem_before_ = nullptr; }
    /// The batch stands still until a person has done what the sentence says.
    void needs_person(const store::batch_row &b, std::string sentence);

  private:
    std::string first_sentence_, first_place_;
    std::vector<std::string> notes_;
    std::vector<std::string> notes_before_; ///< of the pass before
    std::exception_ptr problem_before_;
};

/// Runs a step of one batch or pipeline: what is wrong with it is the pass's problem, told with the `place`, and the
/// others go on. Only what concerns all of them is thrown: the end of the run, and a database that cannot be reached.
awaitable<void> isolated(run_pass &pass, std::string place, awaitable<void> step);

} // namespace smelt::orchestrator
