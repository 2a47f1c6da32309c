#include "run_pass.hpp"

#include "problem.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"

#include <algorithm>

namespace smelt::orchestrator {
namespace {

std::string message_of(const std::exception_ptr &e) {
    try {
        std::rethrow_exception(e);
    } catch (const std::exception &x) {
        return x.what();
    }
}

} // namespace

run_pass::run_pass(invocation &r, class pipelines &p) : run{r}, pipelines{p} {}

run_pass::run_pass(const run_pass &registering, const run_pass &before)
    : run{registering.run},
      pipelines{registering.pipelines},
      first_problem{registering.first_problem},
      first_sentence_{registering.first_sentence_},
      first_place_{registering.first_place_},
      notes_{registering.notes_},
      notes_before_{before.notes_},
      problem_before_{before.first_problem} {}

void run_pass::note(std::string sentence) {
    if (std::ranges::find(notes_, sentence) != notes_.end())
        return;
    if (std::ranges::find(notes_before_, sentence) == notes_before_.end())
        log::info("{}", sentence);
    notes_.push_back(std::move(sentence));
}

void run_pass::event(std::string sentence) {
    auto &events = run.summary.notes;
    if (std::ranges::find(events, sentence) != events.end())
        return;
    log::info("{}", sentence);
    events.push_back(std::move(sentence));
}

void run_pass::problem(const std::exception_ptr &e, const std::string &place) {
    auto sentence = message_of(e);
    if (run.cancelled) {
        log::debug("{}: {}", place, sentence);
        return;
    }
    if (first_problem && sentence == first_sentence_)
        return;
    const auto worst = worse_problem(first_problem, e);
    if (first_problem && worst == first_problem) {
        log::warn("{}: {}", place, sentence);
        return;
    }
    say_problem();
    first_problem = e;
    first_sentence_ = std::move(sentence);
    first_place_ = place;
}

void run_pass::say_problem() const {
    if (first_problem)
        log::warn("{}: {}", first_place_, first_sentence_);
}

void run_pass::keep_problem_of_before() {
    if (!progressed)
        first_problem = worse_problem(first_problem, problem_before_);
}

void run_pass::needs_person(const store::batch_row &b, std::string sentence) {
    stuck.insert(b.id.value);
    is_needing_person = true;
    note(std::move(sentence));
}

awaitable<void> isolated(run_pass &pass, std::string place, awaitable<void> step) {
    try {
        co_await std::move(step);
    } catch (const store::fenced_off &e) {
        log::info("{}", e.what());
    } catch (...) {
        if (concerns_all(std::current_exception()))
            throw;
        pass.problem(std::current_exception(), place);
    }
}

} // namespace smelt::orchestrator
